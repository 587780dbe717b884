"""A shop of its own for every test: a new database file, and a mailbox instead of SMTP."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ..mail import get_mailer
from ..main import app


class Mailbox(list[str]):
    """The recipients of everything that was sent."""

    def send(self, recipient: str, subject: str) -> None:
        self.append(recipient)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture(scope="session")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shop") / "shop.db"


@pytest.fixture
def shop(path: Path, monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox) -> Iterator[FastAPI]:
    monkeypatch.setenv("SHOP_DATABASE", str(path))
    app.dependency_overrides[get_mailer] = lambda: mailbox
    yield app
    app.dependency_overrides.clear()


@pytest.fixture
def client(shop: FastAPI) -> Iterator[TestClient]:  # of the member ada@example.com
    with TestClient(shop) as client:
        token = client.post("/members", json={"email": "ada@example.com"}).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client
    with sqlite3.connect(os.environ["SHOP_DATABASE"]) as connection:
        for table in ("order_lines", "orders", "items", "members"):
            connection.execute(f"DELETE FROM {table}")
    connection.close()
