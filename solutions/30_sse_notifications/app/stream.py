"""The stream: what a browser hears of its user's notifications, as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from . import archive, broker
from .access import CurrentUser
from .broker import Notification, Queue
from .limits import LONGEST_STREAM, RETRY_MILLISECONDS

router = APIRouter()


async def get_news(user: CurrentUser) -> AsyncIterator[Queue]:
    """Subscribe for as long as the request lasts, however it ends."""
    queue = broker.subscribe(user.id)
    try:
        yield queue
    finally:
        broker.unsubscribe(user.id, queue)


@router.get("/notifications", response_class=EventSourceResponse)
async def stream_notifications(
    user: CurrentUser,
    news: Annotated[Queue, Depends(get_news)],
    last_event_id: Annotated[int | None, Header(ge=0)] = None,
) -> AsyncIterator[ServerSentEvent]:
    loop = asyncio.get_running_loop()
    end = loop.time() + LONGEST_STREAM
    yield ServerSentEvent(retry=RETRY_MILLISECONDS)
    last_id = last_event_id
    if last_id is not None:
        for notification in await archive.load_after(user.id, last_id):
            yield make_event(notification)
            last_id = notification.id
    while (left := end - loop.time()) > 0:
        try:
            notification = await asyncio.wait_for(news.get(), left)
        except TimeoutError:
            return
        if last_id is None or notification.id > last_id:  # the archive may have given it already
            yield make_event(notification)


def make_event(notification: Notification) -> ServerSentEvent:
    kind = notification.kind.replace("\r", " ").replace("\n", " ")
    return ServerSentEvent(data=notification, event=kind, id=str(notification.id))
