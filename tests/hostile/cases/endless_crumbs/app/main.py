"""Attack: send empty pieces of a body for ever: no byte is counted, but every event is."""

from .targets import acted


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": f"{event['type']}.complete"})
    acted("request")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": b"", "more_body": True})
