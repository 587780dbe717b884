from unittest.mock import AsyncMock, create_autospec

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import AsyncClient

from ..bank import get_bank
from .doubles import NotedBank, SilentBank

PAIR = {"tour": "Clocks", "guests": 2}


def test_desk_is_open(visitor: TestClient) -> None:
    assert visitor.get("/health").json() == {"open": True}


def test_group_size_is_set(visitor: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_LARGEST_GROUP", "25")
    assert visitor.get("/about").json()["largest_group"] == 25


def test_usual_group_is_ten(visitor: TestClient) -> None:
    assert visitor.get("/about").json() == {"museum": "Museum of Clocks", "largest_group": 10}


@pytest.mark.asyncio
class TestBookings:
    async def test_no_booking_at_first(self, client: AsyncClient) -> None:
        assert (await client.get("/bookings")).json() == []

    async def test_booking_is_answered(self, client: AsyncClient) -> None:
        response = await client.post("/bookings", json=PAIR)
        assert response.status_code == 201
        assert response.json() == {"id": 1, "tour": "Clocks", "guests": 2, "price": 24}

    async def test_cancelled_booking_is_gone(self, client: AsyncClient) -> None:
        await client.post("/bookings", json=PAIR)
        assert (await client.delete("/bookings/1")).status_code == 204
        assert (await client.get("/bookings/1")).status_code == 404

    async def test_booking_is_charged(self, client: AsyncClient, bank: NotedBank) -> None:
        await client.post("/bookings", json=PAIR)
        assert bank.charged == [24]

    async def test_cancelled_booking_is_repaid(self, client: AsyncClient, bank: NotedBank) -> None:
        booking = (await client.post("/bookings", json=PAIR)).json()
        await client.delete(f"/bookings/{booking['id']}")
        assert bank.refunded == [24]

    async def test_silent_bank_books_nothing(self, client: AsyncClient, desk: FastAPI) -> None:
        desk.dependency_overrides[get_bank] = SilentBank
        assert (await client.post("/bookings", json=PAIR)).status_code == 503
        assert (await client.get("/bookings")).json() == []

    async def test_large_group_is_refused(self, client: AsyncClient, desk: FastAPI) -> None:
        bank = AsyncMock()
        desk.dependency_overrides[get_bank] = create_autospec(get_bank, return_value=bank)
        assert (await client.post("/bookings", json=PAIR | {"guests": 11})).status_code == 422
        assert not bank.charge.called
