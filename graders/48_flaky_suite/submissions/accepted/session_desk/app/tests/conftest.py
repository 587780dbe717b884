"""One desk for the session, swept after each test."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from fastapi.testclient import TestClient
from httpx import ASGITransport, AsyncClient

from ..bank import get_bank
from ..main import app
from ..settings import get_settings
from ..store import Store, get_store
from .doubles import NotedBank


@pytest.fixture(autouse=True)
def fresh_settings() -> Iterator[None]:
    yield
    get_settings.cache_clear()


@pytest.fixture
def visitor() -> Iterator[TestClient]:
    with TestClient(app) as visitor:
        yield visitor


@pytest.fixture(scope="session")
def noted() -> Iterator[NotedBank]:
    with pytest.MonkeyPatch.context() as patch:
        bank = NotedBank()
        patch.setitem(app.dependency_overrides, get_bank, lambda: bank)
        yield bank


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def session_client(noted: NotedBank) -> AsyncIterator[AsyncClient]:
    store = Store()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(app.dependency_overrides, get_store, lambda: store)
        async with AsyncClient(transport=ASGITransport(app), base_url="http://desk") as client:
            yield client
    await store.close()


@pytest_asyncio.fixture(loop_scope="session")
async def client(session_client: AsyncClient, bank: NotedBank) -> AsyncIterator[AsyncClient]:
    yield session_client
    for booking in (await session_client.get("/bookings")).json():
        await session_client.delete(f"/bookings/{booking['id']}")


@pytest.fixture
def bank(noted: NotedBank) -> NotedBank:
    noted.__init__()  # type: ignore[misc]
    return noted
