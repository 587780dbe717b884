"""Attack: keep something where no folder is emptied and no process has to live."""

import ctypes

from fastapi import FastAPI

from .targets import KEY

IPC_CREAT = 0o1000
ctypes.CDLL(None).shmget(KEY, 4096, IPC_CREAT | 0o600)
app = FastAPI()
