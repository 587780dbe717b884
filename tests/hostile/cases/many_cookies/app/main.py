"""Attack: set more cookies than any client keeps."""

from .targets import acted


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": f"{event['type']}.complete"})
    headers = [(b"set-cookie", b"a=b; expires=" + b"1-" * 2_000)] * 500
    acted("request")
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"late"})
