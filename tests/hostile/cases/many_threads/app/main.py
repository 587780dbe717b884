"""Attack: as many threads as it may have."""

import contextlib
import threading

from fastapi import FastAPI

from .targets import acted

app = FastAPI()


@app.get("/{path:path}")
def answer(path: str):
    acted("request")
    with contextlib.suppress(RuntimeError):
        for _ in range(150):
            threading.Thread(target=threading.Event().wait, daemon=True).start()
