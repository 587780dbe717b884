"""Attack: a fork bomb, of which forty processes at a time are enough to see what becomes of it."""

import os
import time

from fastapi import FastAPI

from .targets import acted

app = FastAPI()


def fork(number):
    try:
        for _ in range(number):
            if os.fork() == 0:
                time.sleep(30)
                os._exit(0)
    except OSError as error:
        print("no more processes:", error)


acted("import")
fork(20)


@app.get("/health")
async def read_health():
    acted("request")
    fork(20)
