"""Attack: leave what is hard to remove: in the working folder, before and after each request."""

import contextlib
import os
import socket
import uuid

from fastapi import FastAPI

from .targets import OUTSIDE, acted

app = FastAPI()


def leave():
    name = f"left-{uuid.uuid4().hex[:8]}"
    os.mkdir(name)
    top = os.open(name, os.O_RDONLY)
    inner = os.dup(top)
    for _ in range(1200):  # deeper than recursion reaches, and than a path may be long
        os.mkdir("d" * 20, dir_fd=inner)
        deeper = os.open("d" * 20, os.O_RDONLY, dir_fd=inner)
        os.close(inner)
        inner = deeper
    os.close(inner)
    os.mkfifo("pipe", dir_fd=top)
    os.mkdir("locked", dir_fd=top)
    os.mkdir("locked/inside", dir_fd=top)
    os.chmod("locked", 0, dir_fd=top)
    os.symlink(OUTSIDE, "outside", dir_fd=top)
    os.symlink(name, "circle", dir_fd=top)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{name}/socket")
    os.close(top)
    os.chmod(name, 0)


with contextlib.suppress(OSError):
    acted("import")
    leave()


@app.get("/{path:path}")
async def answer(path: str):
    acted("request")
    leave()
