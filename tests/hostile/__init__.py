"""Tests that grade hostile submissions and watch what becomes of everything around them."""
