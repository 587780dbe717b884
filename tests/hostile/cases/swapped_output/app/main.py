"""Attack: have the grader read, or wait for, something else than this app's output."""

import contextlib
import os
import time
from pathlib import Path

from fastapi import FastAPI

from .targets import acted

app = FastAPI()


@app.get("/{path:path}")
async def answer(path: str):
    acted("request")
    with contextlib.suppress(OSError):
        output = Path(os.readlink("/proc/self/fd/2"))
        output.unlink()
        os.mkfifo(output)
    time.sleep(600)
