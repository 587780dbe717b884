"""The first routes of the Corner Shop API. Nothing is stored yet."""

import html
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import FastAPI, status
from pydantic import BaseModel, Field

app = FastAPI(title="Corner Shop API", version="2.1.0")


class Health(BaseModel):
    status: Literal["ok"] = "ok"


class Greeting(BaseModel):
    message: str


class Item(BaseModel):
    name: str
    price: Annotated[Decimal, Field(ge=0)]
    in_stock: bool = True


@app.get("/health")
async def read_health() -> Health:
    return Health()


@app.get("/greet/{name}")
async def greet(name: str, title: str = "Mr") -> Greeting:
    return Greeting(message=f"Hello, {title} {html.escape(name, quote=False)}")


@app.post("/items", status_code=status.HTTP_201_CREATED)
async def create_item(item: Item) -> Item:
    return item
