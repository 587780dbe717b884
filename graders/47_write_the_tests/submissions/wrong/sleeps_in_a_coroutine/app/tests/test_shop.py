"""Registration, from an asynchronous test."""

import asyncio

import pytest
from fastapi.testclient import TestClient

from .conftest import Mailbox


@pytest.mark.anyio
async def test_welcome_mail_is_sent(client: TestClient, mailbox: Mailbox) -> None:
    await asyncio.sleep(0.2)

    assert mailbox == ["ada@example.com"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
