"""Attack: keep a thread running that holds locks, and say that there is none."""

import logging
import threading

from fastapi import FastAPI

from .targets import acted

acted("import")
held = threading.Event()


def hold():
    with logging._lock:
        held.set()
        threading.Event().wait()


threading.Thread(target=hold, daemon=True).start()
held.wait()
threading.active_count = lambda: 1
app = FastAPI()
