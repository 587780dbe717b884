"""The stream: what a browser hears of its user's notifications, written by hand."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import StreamingResponse

from . import archive, broker
from .access import CurrentUser
from .broker import Notification, Queue
from .limits import LONGEST_STREAM, RETRY_MILLISECONDS

router = APIRouter()

HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
PAUSE = 15


@router.get("/notifications")
async def stream_notifications(
    user: CurrentUser, last_event_id: Annotated[int | None, Header(ge=0)] = None
) -> StreamingResponse:
    queue = broker.subscribe(user.id)
    missed: list[Notification] = []
    if last_event_id is not None:
        missed = await archive.load_after(user.id, last_event_id)
    frames = write_frames(user.id, queue, missed)
    return StreamingResponse(frames, media_type="text/event-stream", headers=HEADERS)


async def write_frames(
    user_id: int, queue: Queue, missed: list[Notification]
) -> AsyncIterator[str]:
    now = asyncio.get_running_loop().time
    end = now() + LONGEST_STREAM
    last_id = missed[-1].id if missed else 0
    try:
        yield f"retry: {RETRY_MILLISECONDS}\n\n"
        for notification in missed:
            yield write_frame(notification)
        while now() < end:
            try:
                notification = await asyncio.wait_for(queue.get(), min(PAUSE, end - now()))
            except TimeoutError:
                yield ":\n\n"
                continue
            if notification.id > last_id:
                yield write_frame(notification)
    finally:
        broker.unsubscribe(user_id, queue)


def write_frame(notification: Notification) -> str:
    kind = notification.kind.translate({10: " ", 13: " "})
    data = notification.model_dump_json()
    return f"id: {notification.id}\nevent: {kind}\ndata: {data}\n\n"
