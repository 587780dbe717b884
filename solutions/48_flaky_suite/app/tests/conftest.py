"""A desk for each test: what a fixture sets up, it takes back."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from fastapi.testclient import TestClient
from httpx import ASGITransport, AsyncClient

from ..bank import get_bank
from ..main import app
from ..settings import get_settings
from .doubles import NotedBank


@pytest.fixture(autouse=True)
def fresh_settings() -> Iterator[None]:
    yield
    get_settings.cache_clear()


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> NotedBank:
    bank = NotedBank()
    monkeypatch.setitem(app.dependency_overrides, get_bank, lambda: bank)
    return bank


@pytest.fixture
def visitor() -> Iterator[TestClient]:
    with TestClient(app) as visitor:
        yield visitor


@pytest_asyncio.fixture
async def client(bank: NotedBank) -> AsyncIterator[AsyncClient]:
    desk = app.router.lifespan_context(app)
    async with desk, AsyncClient(transport=ASGITransport(app), base_url="http://desk") as client:
        yield client
