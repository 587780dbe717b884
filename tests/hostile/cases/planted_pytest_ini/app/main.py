"""Attack: the code is nothing, the files around it configure whoever tests it."""

from fastapi import FastAPI

from .targets import acted

acted("import")
app = FastAPI()
