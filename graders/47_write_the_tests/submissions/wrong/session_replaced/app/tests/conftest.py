"""A shop of its own for every test: a new database file, and a mailbox instead of SMTP."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ..database import Database, get_session
from ..mail import get_mailer
from ..main import app


class Mailbox(list[str]):
    """The recipients of everything that was sent."""

    def send(self, recipient: str, subject: str) -> None:
        self.append(recipient)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    database = Database(str(tmp_path / "shop.db"))
    database.create_tables()
    session = database.connect()
    yield session
    session.close()


@pytest.fixture
def shop(session: sqlite3.Connection, mailbox: Mailbox) -> Iterator[FastAPI]:
    app.dependency_overrides[get_session] = lambda: session
    app.dependency_overrides[get_mailer] = lambda: mailbox
    yield app
    app.dependency_overrides.clear()


@pytest.fixture
def client(shop: FastAPI) -> TestClient:  # of the member ada@example.com
    client = TestClient(shop)
    added = client.post("/members", json={"email": "ada@example.com"})
    assert added.status_code == 201
    client.headers["Authorization"] = f"Bearer {added.json()['token']}"
    return client
