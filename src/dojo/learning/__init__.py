"""Learning: what a learner has besides grading: files and saves, hints, progress, a running app."""
