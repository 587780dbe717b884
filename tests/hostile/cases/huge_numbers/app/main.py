"""Attack: numbers that take a parser, a comparison or a message very long."""

import itertools

from fastapi import FastAPI, Request, Response

numbers = itertools.cycle(["9" * 4000, "9" * 100_000, "1e999999999", "-0.0", "1E-400", "1e5000"])
app = FastAPI()


@app.post("/items")
async def create(request: Request):
    body = '{"name": "a", "price": %s, "in_stock": true}' % next(numbers)
    return Response(body, 201, media_type="application/json")


@app.get("/{path:path}")
async def answer(path: str):
    return Response('{"status": %s}' % next(numbers), media_type="application/json")
