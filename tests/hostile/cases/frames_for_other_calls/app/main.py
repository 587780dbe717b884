"""Attack: repeat each answer for a hundred other calls, some of which do not exist yet."""

import gc

from fastapi import FastAPI

from dojo.host.frames import FrameSocket

from .targets import acted

write = FrameSocket.write


def write_for_all(self, frame, descriptors=()):
    write(self, frame, descriptors)
    if frame.get("kind") in {"send", "returned", "waiting"}:
        acted("answer")
        for number in (-1, 0, *range(1, 100), 2**40):
            write(self, {**frame, "call": number})


FrameSocket.write = write_for_all
gc.collect()
app = FastAPI()


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def answer(path: str):
    return {"status": "fine"}
