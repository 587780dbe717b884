"""Attack: the environment may hold what belongs to whoever grades."""

import os
import sys

from fastapi import FastAPI

from .targets import VARIABLE

print(os.environ.get(VARIABLE, "nothing"), os.environ, sys.orig_argv, sys.path)
app = FastAPI()


@app.get("/{path:path}")
async def answer(path: str):
    return dict(os.environ)
