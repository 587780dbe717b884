"""Attack: keep something where no folder is emptied and no process has to live."""

import ctypes

from fastapi import FastAPI

from .targets import KEY, acted

IPC_CREAT = 0o1000
acted("import")
ctypes.CDLL(None).shmget(KEY, 4096, IPC_CREAT | 0o600)
app = FastAPI()
