"""An accident: a setting for tests was left in."""

import warnings

from fastapi import FastAPI

from .targets import acted

warnings.simplefilter("error")
app = FastAPI()


@app.get("/{path:path}")
def answer(path: str):
    acted("request")
    warnings.warn("soon to be removed", DeprecationWarning, stacklevel=1)
