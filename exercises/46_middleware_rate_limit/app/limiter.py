"""The limiter: how many requests one client may make. It knows neither HTTP nor addresses.

Every decision is reported to the logger `kata.limiter`.
"""

import logging
import math
import time
from collections import defaultdict, deque

LIMIT = 5
WINDOW = 60
"""Seconds in which at most `LIMIT` requests of one client pass."""

logger = logging.getLogger("kata.limiter")

_passed: defaultdict[str, deque[float]] = defaultdict(deque)


def count_request(client: str) -> int:
    """Count a request of a client, and give 0 if it may pass.

    Else give the seconds until one may, rounded up; a request that may not pass is not counted.
    """
    now, moments = time.time(), _passed[client]
    while moments and moments[0] <= now - WINDOW:
        moments.popleft()
    if len(moments) >= LIMIT:
        logger.info("refused", extra={"client": client})
        return math.ceil(moments[0] + WINDOW - now)
    moments.append(now)
    logger.info("counted", extra={"client": client})
    return 0
