"""Attack: name codecs of Python's that are none for texts."""

from fastapi import FastAPI, Response

from .targets import VARIANT, acted

text, _, times = VARIANT.partition("*")
charset = text * int(times or 1)
app = FastAPI()


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def answer(path: str):
    acted("request")
    headers = {"content-type": f"application/json; charset={charset}"}
    return Response(b"\xff+AAA-" * 99, 200, headers)
