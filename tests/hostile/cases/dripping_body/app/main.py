"""Attack: never be silent for long, and never be done."""

import asyncio

from .targets import acted


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": f"{event['type']}.complete"})
    acted("request")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await asyncio.sleep(1)
        await send({"type": "http.response.body", "body": b" ", "more_body": True})
