"""Clients: they may give up while a route works for them. FastAPI lets the route go on."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import HTTPException, Request

Result = TypeVar("Result")


async def run_for_client(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine and give its result; if the client of a request gives up, cancel it."""
    working = asyncio.create_task(work)
    leaving = asyncio.create_task(_wait_until_gone(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise HTTPException(499, "Nobody reads this: the client has gone.")
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()


async def _wait_until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
