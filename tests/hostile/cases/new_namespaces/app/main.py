"""Attack: in a child that ends at once, unshare the user, the mounts and the network."""

import ctypes
import os

from fastapi import FastAPI

from .targets import MARK, acted

CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWNET = 0x10000000, 0x00020000, 0x40000000
acted("import")
try:
    child = os.fork()
except OSError:
    child = None
if child == 0:
    os._exit(ctypes.CDLL(None).unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) != 0)
if child and os.waitpid(child, 0)[1] == 0:
    print(MARK, "is root in a namespace")
app = FastAPI()
