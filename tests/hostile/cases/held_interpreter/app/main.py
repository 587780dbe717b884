"""Attack: a C call that does not let go of the lock."""

import ctypes

from fastapi import FastAPI

from .targets import acted

app = FastAPI()


@app.get("/{path:path}")
async def answer(path: str):
    acted("request")
    ctypes.PyDLL(None).sleep(600)
