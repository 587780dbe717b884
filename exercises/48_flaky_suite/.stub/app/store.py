"""The store of the bookings: a stand-in for a database behind an asynchronous driver."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel

Rows = dict[int, "Booking"]

open_stores: list["Store"] = []
"""The stores whose connection is open, for whoever wants to know."""


class Booking(BaseModel):
    id: int
    tour: str
    guests: int
    price: int


class Store:
    """Bookings behind one connection. The first call opens it, `close` closes it.

    A connection is a task of the event loop in which it was opened, and serves no other loop.
    """

    def __init__(self) -> None:
        self.closed = False
        self._rows: Rows = {}
        self._connection: asyncio.Task[None] | None = None
        self._calls: asyncio.Queue[tuple[Callable[[Rows], Any], asyncio.Future[Any]]]

    async def call(self, work: Callable[[Rows], Any]) -> Any:
        """Have `work` done with the rows, and give what it gives."""
        loop = asyncio.get_running_loop()
        if self.closed:
            raise RuntimeError("The store is closed.")
        if self._connection is None:
            self._calls = asyncio.Queue()
            self._connection = loop.create_task(self._serve(), name="connection of a store")
            open_stores.append(self)
        if self._connection.get_loop() is not loop:
            raise RuntimeError("The connection of the store is attached to a different event loop.")
        done: asyncio.Future[Any] = loop.create_future()
        self._calls.put_nowait((work, done))
        return await done

    async def close(self) -> None:
        """Close the connection, if there is one."""
        self.closed = True
        if self._connection is not None and self in open_stores:
            self._connection.cancel()
            await asyncio.wait([self._connection])
            open_stores.remove(self)

    async def _serve(self) -> None:
        while True:
            work, done = await self._calls.get()
            done.set_result(work(self._rows))


async def get_store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


CurrentStore = Annotated[Store, Depends(get_store)]
