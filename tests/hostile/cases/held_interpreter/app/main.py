"""Attack: a C call that does not let go of the lock."""

import ctypes

from fastapi import FastAPI

app = FastAPI()


@app.get("/{path:path}")
async def answer(path: str):
    ctypes.PyDLL(None).sleep(600)
