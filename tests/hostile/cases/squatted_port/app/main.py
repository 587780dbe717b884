"""Attack: bind a port in a process that outlives this one."""

import contextlib
import os
import socket
import time

from fastapi import FastAPI

from .targets import FREE_PORT, acted

acted("import")
with contextlib.suppress(OSError):
    listener = socket.create_server(("127.0.0.1", FREE_PORT))
    if os.fork() == 0:
        os.setsid()
        time.sleep(60)
        os._exit(0)
app = FastAPI()
