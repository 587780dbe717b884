"""Attack: list what is open, and use whatever is not this process's own."""

import contextlib
import os

from fastapi import FastAPI

from .targets import MARK, acted

OWN = ("socket:", "/dev/null", "anon_inode:", f"/proc/{os.getpid()}/fd", "/proc/self/fd")
app = FastAPI()


def search():
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            target = os.readlink(f"/proc/self/fd/{name}")
            if not target.startswith(OWN) and not target.endswith("output.txt"):
                print(MARK, name, target)


with contextlib.suppress(OSError):
    acted("import")
    search()


@app.get("/{path:path}")
async def answer(path: str):
    acted("request")
    search()
