"""Attack: the tests are deselected by a file that lies in wait for them."""

from fastapi import FastAPI

from .targets import acted

acted("import")
app = FastAPI()
