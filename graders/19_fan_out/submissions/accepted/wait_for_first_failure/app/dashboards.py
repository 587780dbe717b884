"""The dashboard, with a switchboard that all requests share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import JSONResponse

from .backends import (
    MOST_CALLS,
    BackendError,
    BackendNotFound,
    fetch_offers,
    fetch_orders,
    fetch_profile,
)

router = APIRouter()


class Switchboard:
    def __init__(self, most: int) -> None:
        self.free = most
        self.condition = asyncio.Condition()

    async def _call(self, fetch: Any, member_id: int) -> Any:
        async with self.condition:
            await self.condition.wait_for(lambda: self.free > 0)
            self.free -= 1
        try:
            return await fetch(member_id)
        finally:
            self.free += 1
            await asyncio.shield(self._tell())

    async def _tell(self) -> None:
        async with self.condition:
            self.condition.notify()

    @asynccontextmanager
    async def connect(self, member_id: int) -> AsyncIterator[list["asyncio.Task[Any]"]]:
        fetchers = (fetch_profile, fetch_orders, fetch_offers)
        tasks = [asyncio.create_task(self._call(each, member_id)) for each in fetchers]
        try:
            yield tasks
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


switchboard = Switchboard(MOST_CALLS)


def get_switchboard() -> Switchboard:
    return switchboard


@router.get("/dashboards/{member_id}")
async def read_dashboard(
    member_id: int, board: Annotated[Switchboard, Depends(get_switchboard)]
) -> JSONResponse:
    async with board.connect(member_id) as (profile, orders, offers):
        pending = {profile, orders, offers}
        while pending:
            _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            if profile.done() and (error := profile.exception()):
                if isinstance(error, BackendNotFound):
                    raise HTTPException(404, "There is no such member.")
                raise HTTPException(502, "No profile.")
    page: dict[str, Any] = {"profile": profile.result().model_dump(mode="json")}
    for name, task in (("orders", orders), ("offers", offers)):
        if isinstance(task.exception(), BackendError):
            page[name] = None
        else:
            page[name] = [each.model_dump(mode="json") for each in task.result()]
    page["warnings"] = [name for name in ("orders", "offers") if page[name] is None]
    return JSONResponse(page)
