"""Attack: let the first copy live and the process that would make further ones end."""

import os

from fastapi import FastAPI

from .targets import acted


def end():
    acted("fork")
    os._exit(0)


os.register_at_fork(after_in_parent=end)
app = FastAPI()
