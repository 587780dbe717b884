"""Replies: how an application of the engine's own tells the grader, line by line, what it does.

The body of a request is an order; what it asks for is done in a thread, so that the host goes on
to answer.
"""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from .calls import Event

Line = dict[str, Any]
Tell = Callable[[Line | None], None]
Receive = Callable[[], Any]
Send = Callable[[Event], Any]

_SIGN_SECONDS = 0.5
_LEAST_USE = 0.01
_MOST_SECONDS = 3.0
_MOST_IDLE = 4


async def reply(
    run: Callable[[Line, Tell], None], scope: Event, receive: Receive, send: Send
) -> None:
    """Have `run` do in a thread what the request's body says, and reply with what it tells."""
    if scope["type"] != "http":
        return
    order = json.loads(await _read_body(receive))
    loop, lines = asyncio.get_running_loop(), asyncio.Queue[Line | None]()

    def tell(line: Line | None) -> None:
        loop.call_soon_threadsafe(lines.put_nowait, line)

    await send({"type": "http.response.start", "status": 200, "headers": []})
    threading.Thread(target=run, args=(order, tell), daemon=True).start()
    async for line in _read_lines(lines):
        body = json.dumps(line).encode() + b"\n"
        await send({"type": "http.response.body", "body": body, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _read_lines(lines: "asyncio.Queue[Line | None]") -> AsyncIterator[Line]:
    """Give the lines; between them, signs of life while the work makes use of the processor.

    A slow machine is no hang: between two lines there are `_MOST_SECONDS` of processor time, and
    it may stand still for `_MOST_IDLE` signs. What comes after that is up to the grader's patience.
    """
    used, idle = time.process_time(), 0
    while True:
        alive = time.process_time() - used < _MOST_SECONDS and idle < _MOST_IDLE
        before = time.process_time()
        try:
            line = await asyncio.wait_for(lines.get(), _SIGN_SECONDS if alive else None)
        except TimeoutError:
            idle += time.process_time() - before < _LEAST_USE
            yield {"kind": "alive"}
            continue
        if line is None:
            return
        yield line
        used, idle = time.process_time(), 0


async def _read_body(receive: Callable[[], Any]) -> bytes:
    body, more = b"", True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    return body
