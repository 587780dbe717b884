"""The limit of requests, in two dependencies."""

import json
import logging
import math
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Response

from .store import StoreUnavailable, compare_and_set, get, read_time
from .users import CurrentUser

WINDOW = 3600


async def count_request(user: CurrentUser) -> dict[str, str] | None:
    """Give the headers of the answer; `None` if nobody knows."""
    try:
        counted = False
        while not counted:
            stored = await get(user.name)
            now = read_time()
            ends: list[Any] = [end for end in json.loads(stored or "[]") if end > now]
            if len(ends) >= user.limit:
                wait = math.ceil(min(ends) - now)
                return {"Retry-After": str(wait), "RateLimit-Remaining": "0"}
            ends.append(now + WINDOW)
            counted = await compare_and_set(user.name, stored, json.dumps(ends), max(ends))
    except StoreUnavailable:
        logging.getLogger("app.limits").warning("unlimited")
        return None
    return {"RateLimit-Remaining": f"{user.limit - len(ends)}"}


async def limit_requests(
    headers: Annotated[dict[str, str] | None, Depends(count_request)], response: Response
) -> None:
    if headers is None:
        return
    if "Retry-After" in headers:
        raise HTTPException(429, {"wait": headers["Retry-After"]}, headers)
    response.headers.update(headers)
