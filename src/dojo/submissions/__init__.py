"""Submissions: which files are graded, and how they are read without trusting a single name."""
