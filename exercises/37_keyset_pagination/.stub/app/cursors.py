"""Cursors: a place in the list of payments, as text for a URL."""

# TODO 3: make cursors that nobody else can make.
