"""The first routes of the Corner Shop API. Nothing is stored yet."""

from decimal import Decimal
from typing import Annotated

from fastapi import Body, FastAPI
from pydantic import BaseModel

app = FastAPI(title="Corner Shop API", version="2.1.0")


class Item(BaseModel):
    name: str
    price: Decimal
    in_stock: bool


@app.get("/health")
async def read_health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/greet/{name}")
async def greet(name: str, title: str = "Mr") -> dict[str, str]:
    return {"message": f"Hello, {title} {name}"}


@app.post("/items", status_code=201)
async def create_item(
    name: Annotated[str, Body()],
    price: Annotated[Decimal, Body(ge=0)],
    in_stock: Annotated[bool, Body()] = True,
) -> Item:
    return Item(name=name, price=price, in_stock=in_stock)
