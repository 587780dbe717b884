import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

LAMP = {"name": "Lamp", "price": "12.50", "stock": 5}


@pytest.fixture
def lamp(client: TestClient) -> int:
    assert client.post("/items", json=LAMP).status_code == 201
    return int(client.get("/items").json()[0]["id"])


def test_member_reads_own_entry(client: TestClient) -> None:
    client.post("/members", json={"email": "bob@example.com"})
    entry = client.get("/members/me").json()
    assert entry == {"id": entry["id"], "email": "ada@example.com"}
    del client.headers["Authorization"]
    assert client.get("/members/me").status_code == 401


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@EXAMPLE.COM"])
def test_email_is_taken_once(client: TestClient, mailbox: list[str], email: str) -> None:
    assert client.post("/members", json={"email": email}).status_code == 409
    assert mailbox == ["ada@example.com"]


def test_item_is_there_until_removed(client: TestClient, lamp: int) -> None:
    assert client.get(f"/items/{lamp}").json() == {"id": lamp, **LAMP}
    assert client.delete(f"/items/{lamp}").status_code == 204
    assert client.get(f"/items/{lamp}").status_code == 404


@pytest.mark.parametrize("call", [("POST", "/items"), ("DELETE", "/items/1"), ("POST", "/orders")])
def test_only_members_change_things(client: TestClient, call: tuple[str, str]) -> None:
    assert client.request(*call, headers={"Authorization": "Bearer no"}).status_code == 401


def test_page_is_cut_out(client: TestClient) -> None:
    added = [client.post("/items", json=LAMP | {"name": each}).json() for each in "BACDEFGHIJK"]
    assert client.get("/items", params={"limit": 2}).json() == added[:2]
    assert client.get("/items").json() == added[:10]


def test_order_takes_stock(client: TestClient, lamp: int) -> None:
    rug = client.post("/items", json=LAMP | {"price": "0.30"}).json()["id"]
    lines = [{"item_id": lamp, "quantity": 2}, {"item_id": rug, "quantity": 1}]
    placed = client.post("/orders", json={"lines": lines})
    assert placed.status_code == 201
    assert placed.json() == {"id": placed.json()["id"], "total": "25.30"}
    assert client.get(f"/items/{lamp}").json()["stock"] == 3


@pytest.mark.parametrize("step", [0, 1])  # to an item that is out of stock, or does not exist
def test_refused_order_changes_nothing(client: TestClient, lamp: int, step: int) -> None:
    lines = [{"item_id": lamp, "quantity": 5}, {"item_id": lamp + step, "quantity": 1}]
    assert client.post("/orders", json={"lines": lines}).status_code == 409
    assert client.get(f"/items/{lamp}").json()["stock"] == 5


def test_stopped_shop_closes_database(client: TestClient, shop: FastAPI) -> None:
    client.__exit__()
    assert shop.state.database.closed
