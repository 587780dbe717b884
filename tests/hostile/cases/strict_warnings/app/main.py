"""An accident: a setting for tests was left in."""

import warnings

from fastapi import FastAPI

warnings.simplefilter("error")
app = FastAPI()


@app.get("/{path:path}")
def answer(path: str):
    warnings.warn("soon to be removed", DeprecationWarning, stacklevel=1)
