"""Attack: talk to what listens on this machine, and say what was found."""

import contextlib
import socket

from fastapi import FastAPI

from .targets import ABSTRACT, PORT, SECRET, SOCKET, acted

DOORS = (
    (socket.AF_INET, ("127.0.0.1", PORT)),
    (socket.AF_UNIX, ABSTRACT),
    (socket.AF_UNIX, SOCKET),
)
acted("import")
for family, address in DOORS:
    with contextlib.suppress(OSError), socket.socket(family) as stream:
        stream.settimeout(1)
        stream.connect(address)
        stream.sendall(SECRET.encode())
app = FastAPI()
