"""What has run when a body is refused."""

from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel

app = FastAPI()
ran: list[str] = []


class Item(BaseModel):
    price: float


def count_visit() -> None:
    ran.append("dependency")


@app.post("/items")
def create_item(item: Item, visit: Annotated[None, Depends(count_visit)]) -> Item:
    ran.append("route")
    return item


def send(content: bytes) -> int:
    ran.clear()
    client = TestClient(app)
    client.post("/items", content=content, headers={"content-type": "application/json"})
    return len(ran)


EARLY_INVALID = send(b'{"price": "not-a-number"}')
EARLY_CUT_OFF = send(b'{"price": ')
