"""Attack: freeze the parent."""

import contextlib
import os
import signal

from fastapi import FastAPI

from .targets import acted

acted("import")
with contextlib.suppress(OSError):
    os.kill(os.getppid(), signal.SIGSTOP)
app = FastAPI()
