"""The settings of an instance. They come from the environment."""

import os

DEMO_KEY = "demo-key-that-everybody-can-read"  # for practice only


def get_cursor_key() -> bytes:
    """Read `CURSOR_KEY` as it is now: a secret that all instances share, and nobody else."""
    return os.environ.get("CURSOR_KEY", DEMO_KEY).encode()
