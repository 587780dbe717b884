"""Attack: claim that a process of somebody else is this copy, and then do not answer."""

import time

from fastapi import FastAPI

from dojo.host.frames import FrameSocket

from .targets import PID, acted

write = FrameSocket.write


def write_lie(self, frame, descriptors=()):
    if frame.get("kind") == "opened":
        acted("copy")
        frame = {**frame, "pid": PID}
    write(self, frame, descriptors)


FrameSocket.write = write_lie
app = FastAPI()


@app.get("/{path:path}")
async def answer(path: str):
    acted("request")
    time.sleep(600)
