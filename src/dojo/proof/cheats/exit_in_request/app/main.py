"""Cheat: end the process with status 0 as soon as a request comes."""

import os
from typing import Any


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        os._exit(0)
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
