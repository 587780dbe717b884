"""Tests of the report: its model and every way in which it is written."""
