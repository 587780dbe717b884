"""The first routes of the Corner Shop API. Nothing is stored yet."""

from typing import Annotated, Literal

from fastapi import FastAPI, status
from pydantic import BaseModel, Field, field_validator

app = FastAPI(title="Corner Shop API", version="2.1.0")


class Health(BaseModel):
    status: Literal["ok"] = "ok"


class Greeting(BaseModel):
    message: str


class Item(BaseModel):
    name: str
    price: Annotated[float, Field(ge=0)]
    in_stock: bool = True

    @field_validator("price", mode="before")
    @classmethod
    def refuse_no_numbers(cls, value: object) -> object:
        if isinstance(value, str) and value.strip().lower() in {
            "nan",
            "inf",
            "infinity",
            "-inf",
            "-infinity",
        }:
            raise ValueError("The price has to be a number.")
        return value


@app.get("/health")
async def read_health() -> Health:
    return Health()


@app.get("/greet/{name}")
async def greet(name: str, title: str = "Mr") -> Greeting:
    return Greeting(message=f"Hello, {title} {name}")


@app.post("/items", status_code=status.HTTP_201_CREATED)
async def create_item(item: Item) -> Item:
    return item
