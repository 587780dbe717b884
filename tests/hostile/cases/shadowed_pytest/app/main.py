"""Attack: whoever runs pytest as a module from this folder runs the file beside it."""

from fastapi import FastAPI

from .targets import acted

acted("import")
app = FastAPI()
