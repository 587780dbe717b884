"""Attack: serve all criteria from one process that says it makes a new copy each time."""

import os
import threading

from fastapi import FastAPI

import dojo.host.snapshot

from .targets import acted


def fork():
    acted("fork")
    return 0


os.fork = fork
os.setpgid = lambda *arguments: None
threading.active_count = lambda: 1
dojo.host.snapshot.Snapshot._tell_status = lambda self, pid: None
app = FastAPI()
