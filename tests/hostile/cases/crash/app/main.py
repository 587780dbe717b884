"""An accident of C code: memory is read that does not exist."""

import ctypes

from fastapi import FastAPI

app = FastAPI()


@app.get("/{path:path}")
async def answer(path: str):
    ctypes.string_at(0)
