"""Attack or accident: a loop without an end."""

from fastapi import FastAPI

from .targets import acted

app = FastAPI()


@app.get("/{path:path}")
def answer(path: str):
    acted("request")
    while True:
        pass
