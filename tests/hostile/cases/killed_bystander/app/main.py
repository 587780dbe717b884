"""Attack: what could be done to one process of this user could be done to all."""

import contextlib
import os
import signal

from fastapi import FastAPI

from .targets import PID, acted

acted("import")
with contextlib.suppress(OSError):
    os.kill(PID, signal.SIGKILL)
app = FastAPI()
