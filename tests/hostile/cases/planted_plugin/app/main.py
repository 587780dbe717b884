"""Attack: the plugin beside this file reports every test as passed."""

from fastapi import FastAPI

from .targets import acted

acted("import")
app = FastAPI()
