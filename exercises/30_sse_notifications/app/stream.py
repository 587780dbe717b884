"""The stream: what a browser hears of its user's notifications, as server-sent events."""

from collections.abc import AsyncIterator

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from . import broker
from .access import CurrentUser
from .broker import Queue

router = APIRouter()


@router.get("/notifications")
async def stream_notifications(user: CurrentUser) -> StreamingResponse:
    # TODO 2: a browser that comes back says what it got last: `archive.load_after`.
    queue = broker.subscribe(user.id)
    # TODO 3: nobody calls `broker.unsubscribe`.
    return StreamingResponse(write_events(queue), media_type="text/event-stream")


async def write_events(queue: Queue) -> AsyncIterator[str]:
    """Write each notification of a queue as an event."""
    # TODO 4: this goes on for ever, and nothing is sent while nothing happens.
    while True:
        notification = await queue.get()
        # TODO 1: what can a text with line breaks do here?
        yield f"id: {notification.id}\nevent: {notification.kind}\ndata: {notification.text}\n\n"
