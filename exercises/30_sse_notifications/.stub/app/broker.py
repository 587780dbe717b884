"""The broker: it passes each notification to the queues of its user, and keeps none.

It reports to the logger `kata.broker`.
"""

import asyncio
import logging
from collections import defaultdict

from pydantic import BaseModel

logger = logging.getLogger("kata.broker")


class Notification(BaseModel):
    """Something to tell a user. Other teams write kind and text, and both may hold anything."""

    id: int
    user_id: int
    kind: str
    text: str


Queue = asyncio.Queue[Notification]

_queues: defaultdict[int, list[Queue]] = defaultdict(list)


def subscribe(user_id: int) -> Queue:
    """Give a queue that gets each notification of this user from now on."""
    logger.info("subscribed", extra={"user": user_id})
    queue = Queue()
    _queues[user_id].append(queue)
    return queue


def unsubscribe(user_id: int, queue: Queue) -> None:
    """Let go of a queue. Raises ValueError if it is not subscribed."""
    _queues[user_id].remove(queue)
    logger.info("unsubscribed", extra={"user": user_id})


def deliver(notification: Notification) -> None:
    """Put a notification into the queues of its user."""
    for queue in _queues.get(notification.user_id, ()):
        queue.put_nowait(notification)
