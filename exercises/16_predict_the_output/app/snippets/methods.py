"""Requests that come close to a route."""

from fastapi import FastAPI
from fastapi.testclient import TestClient

app = FastAPI()


@app.get("/items")
def list_items() -> list[str]:
    return ["pen", "paper"]


client = TestClient(app, follow_redirects=False)

METHOD_HEAD = client.head("/items").status_code
METHOD_SLASH = client.get("/items/").status_code
