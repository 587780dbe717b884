"""Attack: use up names instead of bytes."""

import contextlib
from pathlib import Path

from fastapi import FastAPI

from .targets import acted

acted("import")
with contextlib.suppress(OSError):
    for number in range(10_000):
        Path(f"empty-{number}").touch()
app = FastAPI()
