"""A shop of its own for every test, started by hand, and an asynchronous client."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from ..mail import get_mailer
from ..main import create_app


class Mailbox(list[str]):
    """The recipients of everything that was sent."""

    def send(self, recipient: str, subject: str) -> None:
        self.append(recipient)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox) -> FastAPI:
    shop = create_app()
    monkeypatch.setenv("SHOP_DATABASE", str(tmp_path / "shop.db"))
    shop.dependency_overrides[get_mailer] = lambda: mailbox
    return shop


@pytest.fixture
async def client(shop: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is a member: `ada@example.com`."""
    transport = httpx.ASGITransport(shop)
    async with (
        shop.router.lifespan_context(shop),
        httpx.AsyncClient(transport=transport, base_url="http://shop") as client,
    ):
        reply = await client.post("/members", json={"email": "ada@example.com"})
        assert reply.status_code == 201
        client.headers["Authorization"] = f"Bearer {reply.json()['token']}"
        yield client
