"""Settings: how many workers there are, and how many requests may wait for one."""

import os

RETRY_AFTER = 5
"""Seconds after which a client may come back that found no place."""


def get_workers() -> int:
    """Give how many photos may be crunched at once: 1 or more."""
    return int(os.environ.get("WORKERS", "2"))


def get_max_queue() -> int:
    """Give how many more requests may wait for a worker: 0 or more."""
    return int(os.environ.get("MAX_QUEUE", "3"))


def get_bench_address() -> str:
    """Give host and port of the bench, which `crunching` calls."""
    return os.environ.get("UPSTREAM_URL", "http://127.0.0.1:9000").removeprefix("http://")
