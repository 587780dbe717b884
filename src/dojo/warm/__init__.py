"""Warm grading: many submissions of one kata, each for the price of two forks.

A worker keeps two zygotes: the host's, with the libraries loaded, and itself, with the grader
collected. It changes nothing of what a verdict is.
"""
