"""Tests of what is written for people and programs besides reports of a single check."""
