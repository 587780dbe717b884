"""Tests of what is given to students and to Gradescope."""
