"""The first routes of the Corner Shop API. Nothing is stored yet."""

from typing import Any, Literal

from fastapi import FastAPI, status
from pydantic import BaseModel

app = FastAPI(title="Corner Shop API", version="2.1.0")


class Health(BaseModel):
    status: Literal["ok"] = "ok"


class Greeting(BaseModel):
    message: str


@app.get("/health")
async def read_health() -> Health:
    return Health()


@app.get("/greet/{name}")
async def greet(name: str, title: str = "Mr") -> Greeting:
    return Greeting(message=f"Hello, {title} {name}")


@app.post("/items", status_code=status.HTTP_201_CREATED)
async def create_item(item: dict[str, Any]) -> dict[str, Any]:
    item.setdefault("in_stock", True)
    return item
