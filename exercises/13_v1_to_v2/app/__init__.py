"""A library that lends tools, written for pydantic 1."""
