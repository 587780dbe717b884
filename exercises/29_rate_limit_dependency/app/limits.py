"""The limit of requests, as a dependency of the routes."""

from fastapi import HTTPException, Response

from .store import read_time
from .users import CurrentUser

WINDOW = 3600
"""Seconds in which the limit of a user counts."""

_counts: dict[tuple[str, int], int] = {}


async def limit_requests(user: CurrentUser, response: Response) -> None:
    """Let a request through, or refuse it with 429."""
    # TODO 1: the last hour, not the hour on the clock.
    # TODO 2: the headers.
    # TODO 3: all instances together, in `app/store.py`.
    # TODO 4: a store that forgets, and one that cannot be reached.
    hour = user.name, int(read_time() // WINDOW)
    _counts[hour] = _counts.get(hour, 0) + 1
    if _counts[hour] > user.limit:
        raise HTTPException(429, "Too many requests")
