"""What the answers should have been."""

from decimal import Decimal
from typing import Annotated

from fastapi import FastAPI
from pydantic import BaseModel, Field

app = FastAPI(title="Corner Shop API", version="2.1.0")


class Item(BaseModel):
    name: str
    price: Annotated[Decimal, Field(ge=0)]
    in_stock: bool = True


@app.get("/health")
async def read_health():
    return {"status": "ok"}


@app.get("/greet/{name}")
async def greet(name: str, title: str = "Mr"):
    return {"message": f"Hello, {title} {name}"}


@app.post("/items", status_code=201)
async def create(item: Item) -> Item:
    return item
