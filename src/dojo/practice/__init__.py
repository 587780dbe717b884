"""Practice: what a learner has besides grading; a desk, hints, progress and a running app."""
