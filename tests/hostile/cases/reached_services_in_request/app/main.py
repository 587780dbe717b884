"""Attack: the same as at import, later, from a thread."""

import contextlib
import socket

from fastapi import FastAPI

from .targets import ABSTRACT, PORT, SOCKET, acted

app = FastAPI()


@app.get("/{path:path}")
def answer(path: str):
    acted("request")
    for family, address in (
        (socket.AF_INET, ("127.0.0.1", PORT)),
        (socket.AF_UNIX, ABSTRACT),
        (socket.AF_UNIX, SOCKET),
    ):
        with contextlib.suppress(OSError), socket.socket(family) as stream:
            stream.connect(address)
