"""Attack: make the interpreter itself unreliable before anything is asked."""

import builtins
import gc
import sys
import threading

from fastapi import FastAPI

from .targets import acted

acted("import")
gc.disable()
gc.set_threshold(1, 1, 1)
gc.freeze()
sys.setswitchinterval(1e-6)
sys.setrecursionlimit(150)
sys.excepthook = sys.unraisablehook = lambda *arguments: None
sys.settrace(lambda *arguments: None)
threading.excepthook = lambda arguments: None
sys.modules["asyncio"] = sys.modules["json"] = None
builtins.print = builtins.isinstance = lambda *arguments: True
app = FastAPI()
