"""Tests of the proof of graders."""
