"""Mutation: what a grader still lets through, shown by small changes to the solution.

The mistakes of real people are the wrong submissions; these are the mistakes nobody thought of.
"""
