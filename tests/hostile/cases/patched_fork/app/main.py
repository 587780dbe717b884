"""Attack: serve all criteria from one process that says it makes a new copy each time."""

import os
import threading

import dojo.host.base
from fastapi import FastAPI

os.fork = lambda: 0
os.setpgid = lambda *arguments: None
threading.active_count = lambda: 1
dojo.host.base.Base._tell_status = lambda self, pid: None
app = FastAPI()
