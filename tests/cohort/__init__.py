"""Specifications of grading many submissions."""
