"""Tests of warm grading."""
