"""How long and how much a cache keeps, and the clock that it goes by."""

import time

FRESH_SECONDS = 60
"""So long a value is fresh, from the moment when its load ended."""

GRACE_SECONDS = 30
"""So long it is stale afterwards: old, but good enough until there is a new one."""

MOST_VALUES = 10
"""Values that one cache keeps."""


def read_time() -> float:
    """Read the clock, in seconds."""
    return time.time()
