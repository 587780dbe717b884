"""Specifications of the words with which graders are written, and of what runs them."""
