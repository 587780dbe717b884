"""Specifications of the commands of a learner, in a repository of their own."""
