"""Attack: write to the standard streams as fast as they take it."""

import contextlib
import os
import sys

from fastapi import FastAPI

from .targets import acted

block = b"A" * (1 << 16)
acted("import")
with contextlib.suppress(OSError):
    for _ in range(600):
        os.write(1, block)
        os.write(2, block)
for _ in range(300):
    sys.stdout.write("B" * (1 << 16))
app = FastAPI()
