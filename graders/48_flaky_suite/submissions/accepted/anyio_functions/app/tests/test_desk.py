from unittest.mock import Mock

import pytest
from httpx import AsyncClient

from ..bank import get_bank
from ..main import app
from .doubles import NotedBank, SilentBank

PAIR = {"tour": "Clocks", "guests": 2}

pytestmark = pytest.mark.anyio


async def book(client: AsyncClient) -> None:
    booked = await client.post("/bookings", json=PAIR)
    assert booked.status_code == 201


async def test_no_booking_at_first(client: AsyncClient) -> None:
    assert (await client.get("/bookings")).json() == []


async def test_booking_is_answered(client: AsyncClient) -> None:
    answer = await client.post("/bookings", json=PAIR)
    assert answer.status_code == 201
    assert answer.json() == {"id": 1, "tour": "Clocks", "guests": 2, "price": 24}


async def test_cancelled_booking_is_gone(client: AsyncClient) -> None:
    await book(client)
    assert (await client.delete("/bookings/1")).status_code == 204
    assert (await client.get("/bookings/1")).status_code == 404


async def test_booking_is_charged(client: AsyncClient, bank: NotedBank) -> None:
    await client.post("/bookings", json=PAIR)
    assert bank.charged == [24]


async def test_cancelled_booking_is_repaid(client: AsyncClient, bank: NotedBank) -> None:
    booking = (await client.post("/bookings", json=PAIR)).json()
    await client.delete(f"/bookings/{booking['id']}")
    assert bank.refunded == [24]


async def test_silent_bank_books_nothing(client: AsyncClient) -> None:
    app.dependency_overrides[get_bank] = SilentBank
    assert (await client.post("/bookings", json=PAIR)).status_code == 503
    assert (await client.get("/bookings")).json() == []


async def test_large_group_is_refused(client: AsyncClient) -> None:
    bank = Mock()
    app.dependency_overrides[get_bank] = lambda: bank
    assert (await client.post("/bookings", json=PAIR | {"guests": 11})).status_code == 422
    assert not bank.charge.called
