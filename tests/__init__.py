"""Tests of the engine, the graders and everything around them."""
