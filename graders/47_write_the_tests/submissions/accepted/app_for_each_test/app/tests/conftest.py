"""A shop of its own for every test: a new database file, and a mailbox instead of SMTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ..mail import get_mailer
from ..main import create_app


class Mailbox(list[str]):
    """The recipients of everything that was sent."""

    def send(self, recipient: str, subject: str) -> None:
        self.append(recipient)


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
def client(shop: FastAPI) -> Iterator[TestClient]:  # of the member ada@example.com
    with TestClient(shop) as client:
        added = client.post("/members", json={"email": "ada@example.com"})
        assert added.status_code == 201
        client.headers["Authorization"] = f"Bearer {added.json()['token']}"
        yield client
