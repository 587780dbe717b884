"""Attack: find all open descriptors and announce success on them, as frames of several kinds."""

import contextlib
import os
import socket

import msgpack
from fastapi import FastAPI

from .targets import VARIANT, acted

FRAMES = (
    {"kind": "verdict", "outcome": "passed"},
    {"kind": "mark", "text": "passed"},
    {"kind": "loaded", "threads": 0},
    {"kind": "opened", "pid": 1},
    {"kind": "ended", "status": 0},
    {"report": '{"schema_version": 1, "kata": "01_first_api", "criteria": []}'},
)


def announce():
    acted("announcement")
    for name in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else range(64):
        with contextlib.suppress(OSError, ValueError):
            stream = socket.socket(fileno=os.dup(int(name)))
            with stream:
                for frame in FRAMES:
                    stream.send(msgpack.packb(frame), socket.MSG_DONTWAIT)


if VARIANT == "import":
    announce()
app = FastAPI()


@app.get("/{path:path}")
async def answer(path: str):
    announce()
