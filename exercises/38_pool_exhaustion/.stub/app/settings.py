"""Settings: what the database team grants this service."""

POOL_SIZE = 1
"""Connections to the database that this service may have at any moment."""

POOL_TIMEOUT = 10.0
"""Seconds for which a request may wait for one of them."""
