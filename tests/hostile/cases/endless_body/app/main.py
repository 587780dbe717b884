"""Attack: send a mebibyte after the other."""

from .targets import acted


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": f"{event['type']}.complete"})
    headers = [(b"content-type", b"application/json")]
    acted("request")
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for _ in range(1 << 14):
        await send({"type": "http.response.body", "body": b" " * (1 << 20), "more_body": True})
