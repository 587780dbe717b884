"""Attack: open a file whose place is well known."""

import contextlib
from pathlib import Path

from fastapi import FastAPI

from .targets import SECRET, acted

acted("import")
with contextlib.suppress(OSError):
    print(Path(SECRET).read_text())
app = FastAPI()
