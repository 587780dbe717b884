"""The stream: what a browser hears of its user's notifications, written by hand."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import StreamingResponse

from . import archive, broker
from .access import CurrentUser
from .broker import Notification
from .limits import LONGEST_STREAM, RETRY_MILLISECONDS

router = APIRouter()

HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
PAUSE = 15


@router.get("/notifications")
async def stream_notifications(
    user: CurrentUser, last_event_id: Annotated[int | None, Header(ge=0)] = None
) -> StreamingResponse:
    frames = write_frames(user.id, last_event_id)
    return StreamingResponse(frames, media_type="text/event-stream", headers=HEADERS)


async def write_frames(user_id: int, last_id: int | None) -> AsyncIterator[str]:
    queue = broker.subscribe(user_id)
    try:
        async with asyncio.timeout(LONGEST_STREAM):
            yield f"retry: {RETRY_MILLISECONDS}\n\n"
            if last_id is not None:
                for notification in await archive.load_after(user_id, last_id):
                    last_id = notification.id
                    yield write_frame(notification)
            while True:
                try:
                    notification = await asyncio.wait_for(queue.get(), PAUSE)
                except TimeoutError:
                    yield ":\n\n"
                    continue
                if last_id is None or notification.id > last_id:
                    yield write_frame(notification)
    except TimeoutError:
        return
    finally:
        broker.unsubscribe(user_id, queue)


def write_frame(notification: Notification) -> str:
    kind = notification.kind.translate({10: " ", 13: " "})
    data = notification.model_dump_json()
    return f"id: {notification.id}\nevent: {kind}\ndata: {data}\n\n"
