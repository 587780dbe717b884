"""Attack: get at the parent's memory; being able to is enough, nothing is written."""

import contextlib
import os

from fastapi import FastAPI

from .targets import MARK, PID, acted

acted("import")
for pid in (os.getppid(), PID):
    with contextlib.suppress(OSError):
        os.close(os.open(f"/proc/{pid}/mem", os.O_RDWR))
        print(MARK, "can write to the memory of", pid)
app = FastAPI()
