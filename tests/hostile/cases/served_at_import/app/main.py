"""An accident: the guard around the last line is missing."""

import uvicorn
from fastapi import FastAPI

from .targets import FREE_PORT, acted

app = FastAPI()

acted("import")
uvicorn.run(app, port=FREE_PORT)
