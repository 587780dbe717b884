"""Attack: a process that is stopped does not answer, does not end, and uses no processor time."""

import contextlib
import os
import signal

from fastapi import FastAPI

from .targets import VARIANT, acted

imported_in = os.getpid()


def stop(pid):
    acted("signal")
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGSTOP)


if VARIANT == "import":
    stop(imported_in)
app = FastAPI(openapi_url=None)


@app.get("/{path:path}")
async def answer(path: str):
    if VARIANT == "request":
        stop(os.getpid())
    elif os.getppid() == imported_in:
        stop(imported_in)
