"""The stream: what a browser hears of its user's notifications, as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from . import archive, broker
from .access import CurrentUser
from .broker import Notification
from .limits import LONGEST_STREAM, RETRY_MILLISECONDS

router = APIRouter()


@router.get("/notifications", response_class=EventSourceResponse)
async def stream_notifications(
    user: CurrentUser, last_event_id: Annotated[int | None, Header(ge=0)] = None
) -> AsyncIterator[ServerSentEvent]:
    loop = asyncio.get_running_loop()
    end = loop.time() + LONGEST_STREAM
    yield ServerSentEvent(retry=RETRY_MILLISECONDS)
    if last_event_id is not None:
        for notification in await archive.load_after(user.id, last_event_id):
            yield make_event(notification)
    queue = broker.subscribe(user.id)
    try:
        while (left := end - loop.time()) > 0:
            yield make_event(await asyncio.wait_for(queue.get(), left))
    except TimeoutError:
        return
    finally:
        broker.unsubscribe(user.id, queue)


def make_event(notification: Notification) -> ServerSentEvent:
    kind = notification.kind.replace("\r", " ").replace("\n", " ")
    return ServerSentEvent(data=notification, event=kind, id=str(notification.id))
