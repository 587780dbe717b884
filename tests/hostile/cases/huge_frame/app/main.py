"""Attack: send a single event of five mebibytes that is no body."""

from .targets import acted


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": f"{event['type']}.complete"})
    headers = [(b"x", b"y" * (5 << 20))]
    acted("request")
    await send({"type": "http.response.start", "status": 200, "headers": headers})
