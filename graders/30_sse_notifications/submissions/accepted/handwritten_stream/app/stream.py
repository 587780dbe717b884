"""The stream, without `fastapi.sse`: frames, comments and the age are written by hand."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import StreamingResponse

from . import archive, broker
from .access import CurrentUser
from .broker import Notification
from .limits import LONGEST_STREAM, RETRY_MILLISECONDS

router = APIRouter()

HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
PAUSE = 15


@router.get("/notifications")
async def stream_notifications(request: Request, user: CurrentUser) -> StreamingResponse:
    header = request.headers.get("Last-Event-ID")
    if header is not None and not (header.isascii() and header.isdigit()):
        raise HTTPException(422, "Last-Event-ID has to be a number.")
    frames = write_frames(user.id, None if header is None else int(header))
    return StreamingResponse(frames, media_type="text/event-stream", headers=HEADERS)


async def write_frames(user_id: int, last_id: int | None) -> AsyncIterator[str]:
    now = asyncio.get_running_loop().time
    end = now() + LONGEST_STREAM
    queue = broker.subscribe(user_id)
    try:
        yield f"retry: {RETRY_MILLISECONDS}\n\n"
        if last_id is not None:
            for notification in await archive.load_after(user_id, last_id):
                last_id = notification.id
                yield write_frame(notification)
        while now() < end:
            try:
                notification = await asyncio.wait_for(queue.get(), min(PAUSE, end - now()))
            except TimeoutError:
                yield ":\n\n"
                continue
            if last_id is None or notification.id > last_id:
                yield write_frame(notification)
    finally:
        broker.unsubscribe(user_id, queue)


def write_frame(notification: Notification) -> str:
    kind = notification.kind.translate({10: " ", 13: " "})
    data = notification.model_dump_json()
    return f"id: {notification.id}\nevent: {kind}\ndata: {data}\n\n"
