"""Attack: wait in a thread until the main thread is done, then end the process with status 0."""

import os
import threading

from fastapi import FastAPI

from .targets import acted


def force_success():
    acted("thread")
    threading.main_thread().join()
    os._exit(0)


threading.Thread(target=force_success).start()
app = FastAPI()
