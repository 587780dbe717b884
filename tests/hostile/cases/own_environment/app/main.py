"""Attack: the environment may hold what belongs to whoever grades."""

import os
import sys

from fastapi import FastAPI

from .targets import VARIABLE, acted

acted("import")
print(os.environ.get(VARIABLE, "nothing"), os.environ, sys.orig_argv, sys.path)
app = FastAPI()


@app.get("/{path:path}")
async def answer(path: str):
    acted("request")
    return dict(os.environ)
