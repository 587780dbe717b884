"""A new application for each test: there is nothing to take back, but for the settings."""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

import pytest
import pytest_asyncio
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import ASGITransport, AsyncClient

from .. import settings
from ..bank import get_bank
from ..main import create_app
from ..store import Store, get_store
from .doubles import NotedBank


class OwnStore(Store):
    aclose = Store.close


@pytest.fixture
def bank() -> NotedBank:
    return NotedBank()


@pytest.fixture
def desk(bank: NotedBank, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.setattr(settings, "get_settings", settings.get_settings.__wrapped__)
    desk = create_app()
    desk.dependency_overrides[get_bank] = lambda: bank
    return desk


@pytest.fixture
def visitor(desk: FastAPI) -> Iterator[TestClient]:
    with TestClient(desk) as visitor:
        yield visitor


@pytest_asyncio.fixture
async def client(desk: FastAPI) -> AsyncIterator[AsyncClient]:
    async with aclosing(OwnStore()) as store:
        desk.dependency_overrides[get_store] = lambda: store
        async with AsyncClient(transport=ASGITransport(desk), base_url="http://desk") as client:
            yield client
