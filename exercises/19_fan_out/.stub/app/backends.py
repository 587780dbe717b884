"""The three back ends; each call has a connection of its own and closes it, however it ends."""

import asyncio
import logging
import os
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, TypeAdapter

MOST_CALLS = 6
"""Calls that may be under way at the same time, all requests together."""

logger = logging.getLogger("kata.backends")

Found = TypeVar("Found")


class Profile(BaseModel):
    name: str
    tier: str


class Order(BaseModel):
    id: int
    total: Decimal


class Offer(BaseModel):
    code: str
    percent: int


class BackendError(Exception):
    """A back end gave no answer that can be used."""


class BackendNotFound(BackendError):
    """The back end does not know the member."""


async def fetch_profile(member_id: int) -> Profile:
    """Ask who a member is. Raises BackendNotFound and BackendError, as the others do."""
    return await _fetch("profiles", member_id, Profile.model_validate_json)


async def fetch_orders(member_id: int) -> list[Order]:
    """Ask what a member has ordered."""
    return await _fetch("orders", member_id, TypeAdapter(list[Order]).validate_json)


async def fetch_offers(member_id: int) -> list[Offer]:
    """Ask what a member may get cheaper today."""
    return await _fetch("offers", member_id, TypeAdapter(list[Offer]).validate_json)


async def _fetch(backend: str, member_id: int, read: Callable[[bytes], Found]) -> Found:
    logger.info("begins", extra={"backend": backend, "member": str(member_id)})
    try:
        status, body = await _exchange(f"/{backend}/{member_id}")
        if status == 404:
            raise BackendNotFound(f"{backend}: {member_id} is unknown")
        if status != 200:
            raise BackendError(f"{backend}: {status}")
        return read(body)
    except (OSError, ValueError, EOFError, IndexError) as error:
        raise BackendError(f"{backend}: {error}") from error
    finally:
        logger.info("ends", extra={"backend": backend, "member": str(member_id)})


async def _exchange(path: str) -> tuple[int, bytes]:
    base: Any = urlsplit(os.environ.get("UPSTREAM_URL", "http://127.0.0.1:9000"))
    reader, writer = await asyncio.open_connection(base.hostname, base.port)
    try:
        head = f"GET {path} HTTP/1.1\r\nHost: {base.netloc}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        answer = await reader.read()
    finally:
        writer.close()
    head_bytes, _, body = answer.partition(b"\r\n\r\n")
    return int(head_bytes.split()[1]), body
