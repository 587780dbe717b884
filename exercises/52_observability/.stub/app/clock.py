"""The clock of the observatory: it moves while work is done, and stands still otherwise.

So everybody can say to the last digit how long a request takes.
"""

import threading

_lock = threading.Lock()
_now = 4096.0


def monotonic() -> float:
    """Give the time in seconds. Only differences of two times mean anything."""
    return _now


def work(seconds: float) -> None:
    """Do something that takes so long."""
    global _now
    with _lock:
        _now += seconds
