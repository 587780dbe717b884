"""The stream: a dependency that iterates over notifications, and a route that writes them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from . import archive, broker
from .access import CurrentUser
from .broker import Notification
from .limits import LONGEST_STREAM, RETRY_MILLISECONDS

router = APIRouter()


class Visit:
    """What one browser hears, from the subscription to the last notification."""

    def __init__(self, user_id: int, last_id: int | None) -> None:
        self.user_id = user_id
        self.last_id = last_id
        self.queue = broker.subscribe(user_id)
        self.old = asyncio.create_task(asyncio.sleep(LONGEST_STREAM))

    def end(self) -> None:
        self.old.cancel()
        broker.unsubscribe(self.user_id, self.queue)

    async def listen(self) -> AsyncIterator[Notification]:
        if self.last_id is not None:
            for notification in await archive.load_after(self.user_id, self.last_id):
                self.last_id = notification.id
                yield notification
        while (notification := await self.take()) is not None:
            if self.last_id is None or notification.id > self.last_id:
                yield notification

    async def take(self) -> Notification | None:
        getting = asyncio.create_task(self.queue.get())
        try:
            await asyncio.wait([getting, self.old], return_when=asyncio.FIRST_COMPLETED)
            return None if self.old.done() else await getting
        finally:
            getting.cancel()

    @classmethod
    async def begin(
        cls,
        user: CurrentUser,
        last_id: Annotated[int | None, Header(alias="Last-Event-ID", ge=0)] = None,
    ) -> AsyncIterator[Self]:
        visit = cls(user.id, last_id)
        try:
            yield visit
        finally:
            visit.end()


@router.get("/notifications", response_class=EventSourceResponse)
async def stream_notifications(
    visit: Annotated[Visit, Depends(Visit.begin)],
) -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(comment="Hello", retry=RETRY_MILLISECONDS)
    async for notification in visit.listen():
        kind = notification.kind.replace("\n", " ").replace("\r", " ")
        yield ServerSentEvent(data=notification, event=kind, id=str(notification.id))
