"""The shop's contract, request by request."""

import httpx
import pytest
from fastapi import FastAPI

from .conftest import Mailbox

pytestmark = pytest.mark.anyio

LAMP = {"name": "Lamp", "price": "12.50", "stock": 5}


async def test_member_reads_own_entry(client: httpx.AsyncClient) -> None:
    assert (await client.get("/members/me")).json() == {"id": 1, "email": "ada@example.com"}


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@Example.com"])
async def test_email_is_taken_once(client: httpx.AsyncClient, mailbox: Mailbox, email: str) -> None:
    assert (await client.post("/members", json={"email": email})).status_code == 409
    assert mailbox == ["ada@example.com"]


async def test_added_item_is_stored(client: httpx.AsyncClient) -> None:
    added = await client.post("/items", json=LAMP)

    assert (added.status_code, added.json()) == (201, {"id": 1, **LAMP})
    assert (await client.get("/items/1")).json() == added.json()


async def test_removed_item_is_gone(client: httpx.AsyncClient) -> None:
    (await client.post("/items", json=LAMP))

    assert (await client.delete("/items/1")).status_code == 204
    assert (await client.get("/items/1")).status_code == 404


@pytest.mark.parametrize("call", [("POST", "/items"), ("DELETE", "/items/1"), ("POST", "/orders")])
async def test_only_members_change_things(client: httpx.AsyncClient, call: tuple[str, str]) -> None:
    assert (await client.request(*call, headers={"Authorization": "Bearer no"})).status_code == 401


async def test_page_is_cut_out(client: httpx.AsyncClient) -> None:
    for _ in range(4):
        (await client.post("/items", json=LAMP))

    page = (await client.get("/items", params={"limit": 2, "offset": 1})).json()
    assert [item["id"] for item in page] == [2, 3]


@pytest.mark.parametrize("line", [{"item_id": 1, "quantity": 6}, {"item_id": 2, "quantity": 1}])
async def test_refused_order_changes_nothing(
    client: httpx.AsyncClient, line: dict[str, int]
) -> None:
    (await client.post("/items", json=LAMP))
    order = {"lines": [{"item_id": 1, "quantity": 2}, line]}

    assert (await client.post("/orders", json=order)).status_code == 409
    assert (await client.get("/items/1")).json()["stock"] == 5


async def test_stopped_shop_closes_database(shop: FastAPI) -> None:
    async with shop.router.lifespan_context(shop):
        assert not shop.state.database.closed
    assert shop.state.database.closed
