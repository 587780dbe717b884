"""The limit of requests, as a dependency of the routes."""

import json
import logging
import math
from dataclasses import dataclass

from fastapi import HTTPException, Response, status

from .store import StoreUnavailable, compare_and_set, get, read_time
from .users import CurrentUser, User

WINDOW = 3600
"""Seconds in which the limit of a user counts."""

logger = logging.getLogger("app.limits")


@dataclass(frozen=True)
class Decision:
    """Whether a request may pass, how many more may now, and in how many seconds one may again."""

    passes: bool
    remaining: int
    wait: int


async def limit_requests(user: CurrentUser, response: Response) -> None:
    """Let a request through, or refuse it with 429; without the store it is let through."""
    try:
        decision = await decide(user)
    except StoreUnavailable:
        logger.warning("The limit of '%s' is not kept: the store is unavailable.", user.name)
        return
    headers = {"RateLimit-Remaining": str(decision.remaining)}
    if not decision.passes:
        headers["Retry-After"] = str(decision.wait)
        raise HTTPException(status.HTTP_429_TOO_MANY_REQUESTS, "Too many requests", headers)
    response.headers.update(headers)


async def decide(user: User) -> Decision:
    """Count a request of a user if it may pass; tried again when another one was faster."""
    key = f"requests:{user.name}"
    while True:
        now, known = read_time(), await get(key)
        moments = [each for each in json.loads(known or "[]") if each > now - WINDOW]
        if len(moments) >= user.limit:
            return Decision(False, 0, math.ceil(moments[-user.limit] + WINDOW - now))
        moments = sorted([*moments, now])
        if await compare_and_set(key, known, json.dumps(moments), moments[-1] + WINDOW):
            return Decision(True, user.limit - len(moments), 0)
