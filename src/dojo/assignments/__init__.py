"""Assignments: what an instructor gives away: handouts for students, bundles for Gradescope."""
