"""Cohort: many submissions of people one does not know, graded, kept and handed back."""
