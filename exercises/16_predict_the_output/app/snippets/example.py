"""The first one is solved: see `app/answers.py`."""

from fastapi import FastAPI
from fastapi.testclient import TestClient

app = FastAPI()


@app.get("/items/{item_id}")
def read_item(item_id: int) -> dict[str, int]:
    return {"item_id": item_id}


client = TestClient(app)

EXAMPLE_STATUS = client.get("/items/7").status_code
EXAMPLE_BODY = client.get("/items/7").json()
