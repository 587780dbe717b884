"""The limit of requests: a request takes a slot, which is free again an hour later."""

import logging
from math import ceil

from fastapi import HTTPException, Response

from . import store
from .users import CurrentUser

WINDOW = 3600
log = logging.getLogger("app.limits")


async def take_slot(name: str, limit: int) -> tuple[int, float]:
    """Give how many slots are left, and if none was, when the next one is."""
    while True:
        now = store.read_time()
        slots = {f"{name}/{number}": await store.get(f"{name}/{number}") for number in range(limit)}
        free = [key for key, value in slots.items() if value is None or float(value) <= now]
        if not free:
            return -1, min(float(value) for value in slots.values() if value is not None) - now
        until = now + WINDOW
        if await store.compare_and_set(free[0], slots[free[0]], repr(until), until):
            return len(free) - 1, 0.0


async def limit_requests(user: CurrentUser, response: Response) -> None:
    try:
        left, wait = await take_slot(user.name, user.limit)
    except store.StoreUnavailable as error:
        log.warning("no limit for %s: %s", user.name, error)
        return
    if left < 0:
        raise HTTPException(
            429, headers={"Retry-After": str(ceil(wait)), "RateLimit-Remaining": "0"}
        )
    response.headers["RateLimit-Remaining"] = str(left)
