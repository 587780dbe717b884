"""The catalogue: a slow service that knows what the shop sells. It is asked by two functions.

Each call reports to the logger `kata.catalogue` when it begins and when it ends, however it ends.
One that is cancelled closes its connection.
"""

import asyncio
import json
import logging
import os
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, ConfigDict

logger = logging.getLogger("kata.catalogue")

Found = TypeVar("Found")


class Product(BaseModel):
    model_config = ConfigDict(frozen=True)

    code: str
    name: str
    price: Decimal


class LoadError(Exception):
    """The catalogue gave no answer that can be used."""


async def load_product(code: str) -> Product | None:
    """Load a product; `None` if there is none with this code. Raises LoadError."""
    return await _load("products", code, lambda found: Product(code=code, **found))


async def load_pieces(code: str) -> int:
    """Load how many pieces of a product are in stock; 0 if it is unknown. Raises LoadError."""
    return await _load("stock", code, lambda found: int(found["pieces"])) or 0


async def _load(what: str, code: str, read: Callable[[Any], Found]) -> Found | None:
    logger.info("begins", extra={"what": what, "code": code})
    try:
        status, body = await _exchange(f"/{what}/{quote(code, safe='')}")
        if status not in (200, 404):
            raise LoadError(f"{what}: {status}")
        return read(json.loads(body)) if status == 200 else None
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise LoadError(f"{what}: {error}") from error
    finally:
        logger.info("ends", extra={"what": what, "code": code})


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
