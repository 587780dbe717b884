"""An accident: written with an old editor."""

from fastapi import FastAPI

NAME = "café"
app = FastAPI(title=NAME)
