"""The API of a swimming club."""
