"""A public API of tide tables, with so many requests a minute for each client."""
