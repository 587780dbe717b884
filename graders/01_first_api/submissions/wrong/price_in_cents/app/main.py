"""The first routes of the Corner Shop API. Nothing is stored yet."""

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
    price: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    in_stock: bool = True


@app.get("/health")
async def read_health() -> Health:
    return Health()


@app.get("/greet/{name}")
async def greet(name: str, title: str = "Mr") -> Greeting:
    return Greeting(message=f"Hello, {title} {name}")


@app.post("/items", status_code=status.HTTP_201_CREATED)
async def create_item(item: Item) -> Item:
    cents = int(item.price * 100)
    return item.model_copy(update={"price": cents / 100})
