"""Specifications of what a learner has besides grading."""
