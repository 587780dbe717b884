"""The runner: one submission, many submissions, a cohort; and how each is kept apart."""
