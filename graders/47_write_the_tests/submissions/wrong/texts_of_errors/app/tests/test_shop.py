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
    item = {"id": 1, **LAMP}
    added, found = client.post("/items", json=LAMP), client.get("/items/1")

    assert (added.status_code, added.json(), found.json()) == (201, item, item)


def test_removed_item_is_gone(client: TestClient) -> None:
    client.post("/items", json=LAMP)
    lamp = "/items/1"

    assert client.delete(lamp).status_code == 204
    assert client.get(lamp).status_code == 404


@pytest.mark.parametrize("call", [("POST", "/items"), ("DELETE", "/items/1"), ("POST", "/orders")])
def test_only_members_change_things(client: TestClient, call: tuple[str, str]) -> None:
    assert client.request(*call, headers={"Authorization": "Bearer no"}).status_code == 401


def test_page_is_cut_out(client: TestClient) -> None:
    for _ in range(4):
        client.post("/items", json=LAMP)

    page = client.get("/items", params={"limit": 2, "offset": 1}).json()
    assert [item["id"] for item in page] == [2, 3]


@pytest.mark.parametrize("line", [{"item_id": 1, "quantity": 6}, {"item_id": 2, "quantity": 1}])
def test_refused_order_changes_nothing(client: TestClient, line: dict[str, int]) -> None:
    client.post("/items", json=LAMP)
    order = {"lines": [{"item_id": 1, "quantity": 5}, line]}

    refused = client.post("/orders", json=order)
    assert (refused.status_code, refused.json()) == (409, {"detail": "This is not possible"})
    assert client.get("/items/1").json()["stock"] == 5


def test_stopped_shop_closes_database(client: TestClient, shop: FastAPI) -> None:
    client.__exit__()

    assert shop.state.database.closed
