"""Attack: name codecs of Python's that are none for texts."""

import itertools

from fastapi import FastAPI, Response

charsets = itertools.cycle(
    ["zip", "bz2_codec", "hex", "rot13", "idna", "undefined", "punycode", "a" * 5000, "utf-7"]
)
app = FastAPI()


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def answer(path: str):
    charset = next(charsets)
    return Response(
        b"\xff+AAA-" * 99, 200, {"content-type": f"application/json; charset={charset}"}
    )
