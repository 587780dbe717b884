"""Values that are not numbers, or not quite."""

from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel

app = FastAPI()


class Item(BaseModel):
    name: str
    price: float
    stock: int = 0


@app.post("/items")
def create_item(item: Item) -> Item:
    return item


client = TestClient(app)


def send(**item: Any) -> Any:
    return client.post("/items", json=item).json()


PRICE_TEXT = send(name="Pen", price="9.50")["price"]
PRICE_ERRORS = [error["type"] for error in send(name="Pen", price="not-a-number")["detail"]]
PRICE_ERROR_COUNT = len(send(price="not-a-number", stock=2.5)["detail"])
PRICE_STOCK = send(name="Pen", price=9, stock=2.0)["stock"]
