"""The shop's routes, each called once."""

from fastapi.testclient import TestClient

LAMP = {"name": "Lamp", "price": "12.50", "stock": 5}


def test_members(client: TestClient) -> None:
    client.get("/members/me")


def test_items(client: TestClient) -> None:
    client.post("/items", json=LAMP)
    client.get("/items")
    client.get("/items/1")
    client.delete("/items/1")


def test_orders(client: TestClient) -> None:
    client.post("/items", json=LAMP)
    client.post("/orders", json={"lines": [{"item_id": 1, "quantity": 2}]})
