"""Bodies that something is wrong with."""

from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel

app = FastAPI()


class Item(BaseModel):
    name: str


@app.post("/items")
def create_item(item: Item) -> Item:
    return item


client = TestClient(app)


def send(content: bytes, content_type: str = "application/json") -> int:
    headers = {"content-type": content_type} if content_type else {}
    return client.post("/items", content=content, headers=headers).status_code


BODY_CUT_OFF = send(b'{"name": "Pen"')
BODY_NOT_UTF8 = send(b'{"name": "Caf\xe9"}')
BODY_EMPTY = send(b"")
BODY_WITHOUT_TYPE = send(b'{"name": "Pen"}', content_type="")
