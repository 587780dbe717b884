"""Attack: texts that a decimal type reads in surprising ways."""

from fastapi import FastAPI, Request

from .targets import VARIANT, acted

text, _, times = VARIANT.partition("*")
price = text * int(times or 1)
app = FastAPI()


@app.post("/items", status_code=201)
async def create(request: Request):
    item = await request.json()
    acted("request")
    return {"name": item.get("name"), "price": price, "in_stock": True}
