"""Adding items."""

from fastapi.testclient import TestClient


def test_added_item_is_stored(client: TestClient) -> None:
    added = client.post("/items", json={"name": "Lamp", "price": "12.50"})

    assert added.status_code == 201
