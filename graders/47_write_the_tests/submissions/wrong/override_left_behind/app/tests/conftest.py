"""A shop of its own for every test: a new database file, and a mailbox instead of SMTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ..main import app


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.setenv("SHOP_DATABASE", str(tmp_path / "shop.db"))
    return app


@pytest.fixture
def client(shop: FastAPI) -> Iterator[TestClient]:  # of the member ada@example.com
    with TestClient(shop) as client:
        added = client.post("/members", json={"email": "ada@example.com"})
        assert added.status_code == 201
        client.headers["Authorization"] = f"Bearer {added.json()['token']}"
        yield client
