"""Attack: answer with more headers than anybody would read."""

from .targets import VARIANT, acted

HEADERS = {
    "many": [(b"x-%d" % number, b"y" * 20) for number in range(60_000)],
    "long": [(b"x", b"y" * 3_000_000)],
    "cookies": [(b"set-cookie", b"a=b")] * 60_000,
    "lengths": [(b"content-length", b"-1"), (b"transfer-encoding", b"chunked, chunked")],
    "bytes": [(b"content-type", b"application/json; charset=\xff\xfe\x00")],
    "codec": [(b"content-type", b"text/plain; charset=unicode_escape")],
    "location": [(b"location", b"http://[")],
    "lines": [(b"", b""), (b"\r\n\r\nHTTP/1.1 200 OK", b"\x00")],
}[VARIANT]


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": f"{event['type']}.complete"})
    acted("request")
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b'{"status": "late"}'})
