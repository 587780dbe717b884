"""Attack: answer with more headers than anybody would read."""

import itertools

HEADERS = itertools.cycle(
    [
        [(b"x-%d" % number, b"y" * 20) for number in range(60_000)],
        [(b"x", b"y" * 3_000_000)],
        [(b"set-cookie", b"a=b")] * 60_000,
        [(b"content-length", b"-1"), (b"transfer-encoding", b"chunked, chunked")],
        [(b"content-type", b"application/json; charset=\xff\xfe\x00")],
        [(b"content-type", b"text/plain; charset=unicode_escape")],
        [(b"location", b"http://[")],
        [(b"", b""), (b"\r\n\r\nHTTP/1.1 200 OK", b"\x00")],
    ]
)


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": f"{event['type']}.complete"})
    start = {"type": "http.response.start", "status": 200, "headers": next(HEADERS)}
    await send(start)
    await send({"type": "http.response.body", "body": b'{"status": "late"}'})
