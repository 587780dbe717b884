"""The archive: another service, which keeps all notifications of all users."""

import asyncio
import os
from typing import Any
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from .broker import Notification

_notifications = TypeAdapter(list[Notification])


async def load_after(user_id: int, last_id: int) -> list[Notification]:
    """Ask for the notifications of a user whose id is larger, in the order of their ids."""
    base: Any = urlsplit(os.environ.get("UPSTREAM_URL", "http://127.0.0.1:9000"))
    target = f"/users/{user_id}/notifications?after={last_id}"
    reader, writer = await asyncio.open_connection(base.hostname, base.port)
    try:
        head = f"GET {target} HTTP/1.1\r\nHost: {base.netloc}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        answer = await reader.read()
    finally:
        writer.close()
    return _notifications.validate_json(answer.partition(b"\r\n\r\n")[2])
