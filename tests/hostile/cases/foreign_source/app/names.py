"""Written with an old editor."""

NAME = "café"
