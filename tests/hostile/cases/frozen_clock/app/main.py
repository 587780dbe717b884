"""Attack: answer slowly, on a clock that stands still."""

import time

from .targets import acted

sleep = time.sleep
time.perf_counter = time.monotonic = time.time = lambda: 0.0

from fastapi import FastAPI
from fastapi.responses import JSONResponse

app = FastAPI()


@app.get("/greet/{name}")
def greet(name: str):
    return {"message": "Hello, Mr Ada"}


@app.post("/items", status_code=201)
def create():
    return {"name": "tea", "price": 2, "in_stock": True}


@app.get("/{path:path}")
def answer(path: str):
    acted("request")
    sleep(1.2)
    return JSONResponse({"status": "ok"})
