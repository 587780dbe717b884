"""The reading room of a library, where members log in with an e-mail and a password."""
