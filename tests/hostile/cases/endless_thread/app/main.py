"""Attack or accident: a thread that is no daemon, started at import, waits for ever."""

import threading

from fastapi import FastAPI

from .targets import acted

acted("import")
threading.Thread(target=threading.Event().wait).start()
app = FastAPI()
