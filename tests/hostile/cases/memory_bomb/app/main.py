"""Attack: take memory and write to it."""

from fastapi import FastAPI

from .targets import acted

acted("import")
taken = []
try:
    for _ in range(15):
        taken.append(b"x" * (100 << 20))
except MemoryError:
    pass
taken.clear()
app = FastAPI()
