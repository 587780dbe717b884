"""Attack: see which rarely used, often broken parts of the kernel can be reached."""

import ctypes
import platform

from fastapi import FastAPI

from .targets import MARK, acted

call = ctypes.CDLL(None, use_errno=True).syscall
NUMBERS = {
    "x86_64": {"keyctl": 250, "io_uring": 425, "userfaultfd": 323, "perf": 298, "bpf": 321},
    "aarch64": {"keyctl": 219, "io_uring": 425, "userfaultfd": 282, "perf": 241, "bpf": 280},
}.get(platform.machine(), {})
parameters = (ctypes.c_char * 256)()
event = (ctypes.c_char * 128)(1, 0, 0, 0, 128)
ARGUMENTS = {
    "keyctl": (0, -3, 0),
    "io_uring": (4, parameters),
    "userfaultfd": (1,),
    "perf": (event, 0, -1, -1, 0),
    "bpf": (0, parameters, 72),
}
PERMITTED = (1, 13, 38)  # EPERM, EACCES, ENOSYS
acted("import")
for name, number in NUMBERS.items():
    ctypes.set_errno(0)
    if call(number, *ARGUMENTS[name]) >= 0 or ctypes.get_errno() not in PERMITTED:
        print(MARK, "reaches", name)
app = FastAPI()
