"""Attack: interfere with every copy before, during and after it is made."""

import os

from fastapi import FastAPI

from .targets import acted


def close_everything():
    acted("fork")
    os.closerange(3, 64)


os.register_at_fork(after_in_child=close_everything)
app = FastAPI()
