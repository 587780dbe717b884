"""Attack: fill the disk with a single file."""

import contextlib
from pathlib import Path

from fastapi import FastAPI

from .targets import MARK, acted

block = bytes(1 << 20)
acted("import")
with contextlib.suppress(OSError), Path("large").open("wb", buffering=0) as file:
    for _ in range(64):
        file.write(block)
    print(MARK, "wrote 64 MiB")
app = FastAPI()
