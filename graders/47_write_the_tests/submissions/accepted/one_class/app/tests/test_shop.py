"""The shop's contract, request by request."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from .conftest import Mailbox

LAMP = {"name": "Lamp", "price": "12.50", "stock": 5}


@pytest.fixture
def lamp(client: TestClient) -> int:
    added = client.post("/items", json=LAMP)
    assert added.status_code == 201
    return added.json()["id"]


def test_member_reads_own_entry(client: TestClient) -> None:
    client.post("/members", json={"email": "bob@example.com"})
    entry = client.get("/members/me").json()
    assert entry == {"id": entry["id"], "email": "ada@example.com"}
    del client.headers["Authorization"]
    assert client.get("/members/me").status_code == 401


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@EXAMPLE.COM"])
def test_email_is_taken_once(client: TestClient, mailbox: Mailbox, email: str) -> None:
    assert client.post("/members", json={"email": email}).status_code == 409
    assert mailbox == ["ada@example.com"]


def test_added_item_is_stored(client: TestClient, lamp: int) -> None:
    assert client.get(f"/items/{lamp}").json() == {"id": lamp, **LAMP}


def test_removed_item_is_gone(client: TestClient, lamp: int) -> None:
    assert client.delete(f"/items/{lamp}").status_code == 204
    assert client.get(f"/items/{lamp}").status_code == 404


@pytest.mark.parametrize("call", [("POST", "/items"), ("DELETE", "/items/1"), ("POST", "/orders")])
def test_only_members_change_things(client: TestClient, call: tuple[str, str]) -> None:
    assert client.request(*call, headers={"Authorization": "Bearer no"}).status_code == 401


def test_page_is_cut_out(client: TestClient) -> None:
    names = "BACDEFGHIJK"
    added = [client.post("/items", json=LAMP | {"name": name}).json() for name in names]
    assert client.get("/items", params={"limit": 2}).json() == added[:2]
    assert client.get("/items").json() == added[:10]


class TestOrders:
    @pytest.fixture(autouse=True)
    def fill(self, client: TestClient) -> None:
        self.lamp, self.desk = (client.post("/items", json=LAMP).json()["id"] for _ in range(2))

    def test_accepted_order_takes_stock(self, client: TestClient) -> None:
        lines = [{"item_id": item, "quantity": 2} for item in (self.lamp, self.desk)]
        reply = client.post("/orders", json={"lines": lines})

        assert (reply.status_code, reply.json()["total"]) == (201, "50.00")
        assert [item["stock"] for item in client.get("/items").json()] == [3, 3]

    @pytest.mark.parametrize("line", [(0, 6), (1, 1)])
    def test_refused_order_changes_nothing(self, client: TestClient, line: tuple[int, int]) -> None:
        step, quantity = line
        lines = [(self.lamp, 2), (self.desk + step, quantity)]
        order = {"lines": [{"item_id": item, "quantity": number} for item, number in lines]}

        assert client.post("/orders", json=order).status_code == 409
        assert [item["stock"] for item in client.get("/items").json()] == [5, 5]


def test_stopped_shop_closes_database(client: TestClient, shop: FastAPI) -> None:
    client.__exit__()
    assert shop.state.database.closed
