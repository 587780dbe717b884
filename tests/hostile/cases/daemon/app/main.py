"""Attack: fork twice, start a session, ignore signals, keep everything open, and stay."""

import os
import signal
import time

from fastapi import FastAPI

from .targets import acted


def stay():
    os.setsid()
    if os.fork():
        os._exit(0)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(60)
    os._exit(0)


acted("import")
try:
    if os.fork() == 0:
        stay()
except OSError as error:
    print("no daemon:", error)
app = FastAPI()
