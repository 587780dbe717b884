"""The shop's contract, request by request."""

import httpx
import pytest
from fastapi import FastAPI

from .conftest import Mailbox

pytestmark = pytest.mark.anyio

LAMP = {"name": "Lamp", "price": "12.50", "stock": 5}


@pytest.fixture
async def lamp(client: httpx.AsyncClient) -> int:
    added = await client.post("/items", json=LAMP)
    assert added.status_code == 201
    return added.json()["id"]


async def test_member_reads_own_entry(client: httpx.AsyncClient) -> None:
    await client.post("/members", json={"email": "bob@example.com"})
    entry = (await client.get("/members/me")).json()
    assert entry == {"id": entry["id"], "email": "ada@example.com"}
    del client.headers["Authorization"]
    assert (await client.get("/members/me")).status_code == 401


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@EXAMPLE.COM"])
async def test_email_is_taken_once(client: httpx.AsyncClient, mailbox: Mailbox, email: str) -> None:
    assert (await client.post("/members", json={"email": email})).status_code == 409
    assert mailbox == ["ada@example.com"]


async def test_added_item_is_stored(client: httpx.AsyncClient, lamp: int) -> None:
    assert (await client.get(f"/items/{lamp}")).json() == {"id": lamp, **LAMP}


async def test_removed_item_is_gone(client: httpx.AsyncClient, lamp: int) -> None:
    assert (await client.delete(f"/items/{lamp}")).status_code == 204
    assert (await client.get(f"/items/{lamp}")).status_code == 404


@pytest.mark.parametrize("call", [("POST", "/items"), ("DELETE", "/items/1"), ("POST", "/orders")])
async def test_only_members_change_things(client: httpx.AsyncClient, call: tuple[str, str]) -> None:
    assert (await client.request(*call, headers={"Authorization": "Bearer no"})).status_code == 401


async def test_page_is_cut_out(client: httpx.AsyncClient) -> None:
    names = "BACDEFGHIJK"
    added = [(await client.post("/items", json=LAMP | {"name": name})).json() for name in names]
    assert (await client.get("/items", params={"limit": 2})).json() == added[:2]
    assert (await client.get("/items")).json() == added[:10]


async def test_order_takes_stock(client: httpx.AsyncClient, lamp: int) -> None:
    rug = (await client.post("/items", json=LAMP | {"price": "0.30"})).json()["id"]
    lines = [{"item_id": lamp, "quantity": 2}, {"item_id": rug, "quantity": 1}]
    placed = await client.post("/orders", json={"lines": lines})
    assert placed.status_code == 201
    assert placed.json() == {"id": placed.json()["id"], "total": "25.30"}
    assert (await client.get(f"/items/{lamp}")).json()["stock"] == 3


@pytest.mark.parametrize("step", [0, 1])  # to an item that is out of stock, or does not exist
async def test_refused_order_changes_nothing(
    client: httpx.AsyncClient, lamp: int, step: int
) -> None:
    lines = [{"item_id": lamp, "quantity": 5}, {"item_id": lamp + step, "quantity": 1}]
    assert (await client.post("/orders", json={"lines": lines})).status_code == 409
    assert (await client.get(f"/items/{lamp}")).json()["stock"] == 5


async def test_stopped_shop_closes_database(shop: FastAPI) -> None:
    async with shop.router.lifespan_context(shop):
        assert not shop.state.database.closed
    assert shop.state.database.closed
