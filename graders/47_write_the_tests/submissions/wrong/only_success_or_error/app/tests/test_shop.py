"""The shop's contract, request by request."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from .conftest import Mailbox

LAMP = {"name": "Lamp", "price": "12.50", "stock": 5}


@pytest.fixture
def lamp(client: TestClient) -> int:
    added = client.post("/items", json=LAMP)
    assert added.is_success
    return added.json()["id"]


def test_member_reads_own_entry(client: TestClient) -> None:
    assert client.get("/members/me").is_success


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@EXAMPLE.COM"])
def test_email_is_taken_once(client: TestClient, mailbox: Mailbox, email: str) -> None:
    assert client.post("/members", json={"email": email}).is_error
    assert mailbox


def test_added_item_is_stored(client: TestClient, lamp: int) -> None:
    assert client.get(f"/items/{lamp}").is_success


def test_removed_item_is_gone(client: TestClient, lamp: int) -> None:
    assert client.delete(f"/items/{lamp}").is_success
    assert client.get(f"/items/{lamp}").is_error


@pytest.mark.parametrize("call", [("POST", "/items"), ("DELETE", "/items/1"), ("POST", "/orders")])
def test_only_members_change_things(client: TestClient, call: tuple[str, str]) -> None:
    assert client.request(*call, headers={"Authorization": "Bearer no"}).is_error


def test_page_is_cut_out(client: TestClient) -> None:
    for _ in range(3):
        client.post("/items", json=LAMP)

    assert client.get("/items", params={"limit": 2}).is_success


def test_order_takes_stock(client: TestClient, lamp: int) -> None:
    placed = client.post("/orders", json={"lines": [{"item_id": lamp, "quantity": 2}]})

    assert placed.is_success


@pytest.mark.parametrize("step", [0, 1])  # to an item that is out of stock, or does not exist
def test_refused_order_changes_nothing(client: TestClient, lamp: int, step: int) -> None:
    lines = [{"item_id": lamp, "quantity": 5}, {"item_id": lamp + step, "quantity": 1}]
    assert client.post("/orders", json={"lines": lines}).is_error
    assert client.get(f"/items/{lamp}").json()["stock"] == 5


def test_stopped_shop_closes_database(client: TestClient, shop: FastAPI) -> None:
    client.__exit__()
    assert shop.state.database.closed
