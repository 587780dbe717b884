"""The shop's contract, request by request."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from .conftest import Mailbox

LAMP = {"name": "Lamp", "price": "12.50", "stock": 5}


def test_member_reads_own_entry(client: TestClient) -> None:
    assert client.get("/members/me").json() == {"id": 1, "email": "ada@example.com"}


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@Example.com"])
def test_email_is_taken_once(client: TestClient, mailbox: Mailbox, email: str) -> None:
    assert client.post("/members", json={"email": email}).status_code == 409
    assert mailbox == ["ada@example.com"]


def test_added_item_is_stored(client: TestClient) -> None:
    added = client.post("/items", json=LAMP)

    assert (added.status_code, added.json()) == (201, {"id": 1, **LAMP})
    assert client.get("/items/1").json() == added.json()


def test_removed_item_is_gone(client: TestClient) -> None:
    client.post("/items", json=LAMP)

    assert client.delete("/items/1").status_code == 204
    assert client.get("/items/1").status_code == 404


@pytest.mark.parametrize("call", [("POST", "/items"), ("DELETE", "/items/1"), ("POST", "/orders")])
def test_only_members_change_things(client: TestClient, call: tuple[str, str]) -> None:
    assert client.request(*call, headers={"Authorization": "Bearer no"}).status_code == 401


def test_page_is_cut_out(client: TestClient) -> None:
    for _ in range(4):
        client.post("/items", json=LAMP)

    page = client.get("/items", params={"limit": 2, "offset": 1}).json()
    assert [item["id"] for item in page] == [2, 3]


class TestOrders:
    @pytest.fixture(autouse=True)
    def lamp(self, client: TestClient) -> None:
        client.post("/items", json=LAMP)

    def test_accepted_order_takes_stock(self, client: TestClient) -> None:
        reply = client.post("/orders", json={"lines": [{"item_id": 1, "quantity": 2}]})

        assert reply.json() == {"id": 1, "total": "25.00"}
        assert client.get("/items/1").json()["stock"] == 3

    @pytest.mark.parametrize("line", [(1, 6), (2, 1)])
    def test_refused_order_changes_nothing(self, client: TestClient, line: tuple[int, int]) -> None:
        lines = [{"item_id": item, "quantity": quantity} for item, quantity in [(1, 2), line]]

        assert client.post("/orders", json={"lines": lines}).status_code == 409
        assert client.get("/items/1").json()["stock"] == 5


def test_stopped_shop_closes_database(client: TestClient, shop: FastAPI) -> None:
    assert not shop.state.database.closed
    client.__exit__()
    assert shop.state.database.closed
