"""An accident: one of the modules was written with an old editor."""

from fastapi import FastAPI

from .targets import acted

acted("import")
from .names import NAME

app = FastAPI(title=NAME)
