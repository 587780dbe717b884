"""An accident of C code: memory is read that does not exist."""

import ctypes

from fastapi import FastAPI

from .targets import acted

app = FastAPI()


@app.get("/{path:path}")
async def answer(path: str):
    acted("request")
    ctypes.string_at(0)
