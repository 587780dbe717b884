"""One stack holds whatever a test has to take back."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack

import pytest
from fastapi.testclient import TestClient
from httpx import ASGITransport, AsyncClient

from ..bank import get_bank
from ..main import app
from ..settings import get_settings
from .doubles import NotedBank


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def undo() -> Iterator[ExitStack]:
    with ExitStack() as undo:
        undo.callback(get_settings.cache_clear)
        undo.callback(app.dependency_overrides.clear)
        yield undo


@pytest.fixture
def visitor(undo: ExitStack) -> TestClient:
    return undo.enter_context(TestClient(app))


@pytest.fixture
def bank(undo: ExitStack) -> NotedBank:
    bank = NotedBank()
    app.dependency_overrides[get_bank] = lambda: bank
    return bank


@pytest.fixture
async def client(bank: NotedBank) -> AsyncIterator[AsyncClient]:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        client = AsyncClient(transport=ASGITransport(app), base_url="http://desk")
        yield await stack.enter_async_context(client)
