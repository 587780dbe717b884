"""Attack: give process numbers that mean something special to the one who sends a signal."""

import itertools
import os

from fastapi import FastAPI

from dojo.host.frames import FrameSocket

from .targets import acted

write = FrameSocket.write
odd = itertools.cycle([0, -1, 1, 2, -(2**31), 2**31, 2**63, os.getppid(), -os.getpid()])


def write_lie(self, frame, descriptors=()):
    if frame.get("kind") == "opened":
        acted("copy")
        frame = {**frame, "pid": next(odd)}
    write(self, frame, descriptors)


FrameSocket.write = write_lie
app = FastAPI()


@app.get("/health")
async def read_health():
    acted("request")
    os._exit(3)
