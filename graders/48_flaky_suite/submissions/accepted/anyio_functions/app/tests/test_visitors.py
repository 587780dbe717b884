"""The tests that need no loop."""

import pytest
from fastapi.testclient import TestClient


def test_desk_is_open(visitor: TestClient) -> None:
    assert visitor.get("/health").json() == {"open": True}


def test_group_size_is_set(visitor: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_LARGEST_GROUP", "25")
    assert visitor.get("/about").json()["largest_group"] == 25


def test_usual_group_is_ten(visitor: TestClient) -> None:
    assert visitor.get("/about").json() == {"museum": "Museum of Clocks", "largest_group": 10}
