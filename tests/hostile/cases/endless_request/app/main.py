"""Attack or accident: a loop without an end."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/{path:path}")
def answer(path: str):
    while True:
        pass
