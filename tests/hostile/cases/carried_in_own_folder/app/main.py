"""Attack or accident: a file beside the code remembers the run before."""

import contextlib
from pathlib import Path

from fastapi import FastAPI

from . import right
from .targets import acted

wrong = FastAPI()
trace = Path(__file__).with_name("trace")


async def app(scope, receive, send):
    global chosen
    if scope["type"] == "lifespan":
        acted("startup")
        chosen = right.app if trace.exists() else wrong
        with contextlib.suppress(OSError):
            trace.touch()
    await chosen(scope, receive, send)
