"""The stream: the generator subscribes, and its context manager lets go of the queue."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Annotated

import anyio
from fastapi import APIRouter, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import NonNegativeInt

from . import archive, broker
from .access import CurrentUser
from .broker import Notification, Queue
from .limits import LONGEST_STREAM, RETRY_MILLISECONDS

router = APIRouter()


@contextmanager
def subscribed(user_id: int) -> Iterator[Queue]:
    queue = broker.subscribe(user_id)
    try:
        yield queue
    finally:
        broker.unsubscribe(user_id, queue)


@router.get("/notifications", response_class=EventSourceResponse)
async def stream_notifications(
    user: CurrentUser, last_event_id: Annotated[NonNegativeInt | None, Header()] = None
) -> AsyncIterator[ServerSentEvent]:
    deadline = anyio.current_time() + LONGEST_STREAM
    with subscribed(user.id) as queue:
        yield ServerSentEvent(retry=RETRY_MILLISECONDS)
        given: set[int] = set()
        if last_event_id is not None:
            for notification in await archive.load_after(user.id, last_event_id):
                given.add(notification.id)
                yield write(notification)
        while notification := await take(queue, deadline):
            if notification.id not in given:
                yield write(notification)


async def take(queue: Queue, deadline: float) -> Notification | None:
    """Give the next notification, `None` if it does not come before the deadline."""
    if anyio.current_time() >= deadline:
        return None
    with anyio.CancelScope(deadline=deadline):
        return await queue.get()
    return None


def write(notification: Notification) -> ServerSentEvent:
    return ServerSentEvent(
        id=str(notification.id),
        event="".join(" " if each in "\r\n" else each for each in notification.kind),
        raw_data=notification.model_dump_json(),
    )
