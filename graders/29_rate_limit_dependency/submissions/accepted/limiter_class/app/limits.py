"""The limit of requests: a limiter, and the dependency that speaks HTTP."""

import logging
from bisect import bisect_right

from fastapi import HTTPException, Response

from .store import StoreUnavailable, compare_and_set, get, read_time
from .users import CurrentUser

WINDOW = 3600


class LimitReached(Exception):
    def __init__(self, wait: float) -> None:
        self.seconds = -int(-wait // 1)


class Limiter:
    def __init__(self, window: float) -> None:
        self.window = window

    async def pass_one(self, key: str, limit: int) -> int:
        stored = await get(key)
        now = read_time()
        moments = [float(word) for word in (stored or "").split()]
        recent = moments[bisect_right(moments, now - self.window) :]
        if len(recent) >= limit:
            raise LimitReached(recent[len(recent) - limit] + self.window - now)
        text = " ".join(map(repr, [*recent, now]))
        if not await compare_and_set(key, stored, text, now + self.window):
            return await self.pass_one(key, limit)
        return limit - len(recent) - 1


limiter = Limiter(WINDOW)


async def limit_requests(user: CurrentUser, response: Response) -> None:
    try:
        remaining = await limiter.pass_one(user.name, user.limit)
    except LimitReached as reached:
        headers = {"RateLimit-Remaining": "0", "Retry-After": str(reached.seconds)}
        raise HTTPException(429, "Please wait.", headers) from None
    except StoreUnavailable:
        logging.getLogger("app.limits").warning("store away", extra={"user": user.name})
    else:
        response.headers["RateLimit-Remaining"] = str(remaining)
