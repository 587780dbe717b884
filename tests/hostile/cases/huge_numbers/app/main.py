"""Attack: numbers that take a parser, a comparison or a message very long."""

from fastapi import FastAPI, Response

from .targets import VARIANT, acted

text, _, times = VARIANT.partition("*")
number = text * int(times or 1)
app = FastAPI()


@app.post("/items")
async def create():
    acted("item")
    body = '{"name": "a", "price": %s, "in_stock": true}' % number
    return Response(body, 201, media_type="application/json")


@app.get("/{path:path}")
async def answer(path: str):
    acted("request")
    return Response('{"status": %s}' % number, media_type="application/json")
