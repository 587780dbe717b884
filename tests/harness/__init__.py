"""Specifications of the wall: what the grader does with whatever a host says and does."""
