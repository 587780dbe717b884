"""An accident: a call that blocks in an asynchronous route."""

import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/{path:path}")
async def answer(path: str):
    time.sleep(600)
