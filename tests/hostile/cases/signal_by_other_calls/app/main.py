"""Attack: pidfd_send_signal, tgkill, tkill and rt_sigqueueinfo instead of kill."""

import contextlib
import ctypes
import os
import platform
import signal

from fastapi import FastAPI

from .targets import PID, acted

NUMBERS = {"x86_64": (200, 234, 129), "aarch64": (130, 131, 138)}
tkill, tgkill, queue = NUMBERS.get(platform.machine(), (0, 0, 0))
acted("import")
with contextlib.suppress(OSError):
    signal.pidfd_send_signal(os.pidfd_open(PID), signal.SIGTERM)
if tkill:
    call = ctypes.CDLL(None).syscall
    information = (ctypes.c_int * 32)(signal.SIGTERM, 0, -1)
    call(tkill, PID, signal.SIGTERM)
    call(tgkill, PID, PID, signal.SIGTERM)
    call(queue, PID, signal.SIGTERM, information)
app = FastAPI()
