"""An accident: the learner keeps notes in files whose names are taken."""

from fastapi import FastAPI

from .targets import acted

acted("import")
app = FastAPI()
