"""Attack: end whoever made this copy, which is its own submission, in the first request."""

import contextlib
import os
import signal

from fastapi import FastAPI

from .targets import acted

imported_in = os.getpid()
app = FastAPI()


@app.get("/{path:path}")
async def answer(path: str):
    if os.getppid() == imported_in:
        acted("request")
        with contextlib.suppress(OSError):
            os.kill(imported_in, signal.SIGKILL)
