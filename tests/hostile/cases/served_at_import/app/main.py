"""An accident: the guard around the last line is missing."""

import uvicorn
from fastapi import FastAPI

from .targets import FREE_PORT

app = FastAPI()

uvicorn.run(app, port=FREE_PORT)
