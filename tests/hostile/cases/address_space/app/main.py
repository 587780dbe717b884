"""Attack: take address space, without touching it, far beyond the limit."""

import mmap

from fastapi import FastAPI

from .targets import MARK, acted

acted("import")
taken = []
try:
    for _ in range(24):
        taken.append(mmap.mmap(-1, 256 << 20))
    print(MARK, "has six gibibytes")
except (OSError, MemoryError):
    taken.clear()
app = FastAPI()
