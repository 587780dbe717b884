"""Attack: leave a process behind while a request is answered, and end this one."""

import os
import time

from fastapi import FastAPI

from .targets import acted

app = FastAPI()


@app.get("/health")
async def read_health():
    acted("request")
    try:
        if os.fork() == 0:
            os.setsid()
            time.sleep(60)
    except OSError:
        pass
    os._exit(0)
