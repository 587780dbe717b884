"""An accident: a call that blocks in an asynchronous route."""

import time

from fastapi import FastAPI

from .targets import acted

app = FastAPI()


@app.get("/{path:path}")
async def answer(path: str):
    acted("request")
    time.sleep(600)
