"""An accident: the learner keeps notes in files whose names are taken."""

from fastapi import FastAPI

app = FastAPI()
