"""Tests of mutants: which are made, what becomes of them, and which may survive."""
