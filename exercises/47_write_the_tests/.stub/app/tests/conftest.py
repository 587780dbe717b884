"""What the tests of the shop share."""

import pytest
from fastapi.testclient import TestClient

from ..main import app


@pytest.fixture
def client() -> TestClient:
    return TestClient(app)
