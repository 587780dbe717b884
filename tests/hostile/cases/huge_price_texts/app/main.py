"""Attack: texts that a decimal type reads in surprising ways."""

import itertools

from fastapi import FastAPI, Request

prices = itertools.cycle(["sNaN", "1E+999999999999", "٣", "9" * 900_000, "-Infinity", "1_0"])
app = FastAPI()


@app.post("/items", status_code=201)
async def create(request: Request):
    item = await request.json()
    return {"name": item.get("name"), "price": next(prices), "in_stock": True}
