"""The credit bureau: it may think for minutes, and this client waits for as long as that takes."""

import asyncio
import logging
import os
from typing import Any
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, Field

logger = logging.getLogger("kata.bureau")


class Scored(BaseModel):
    """The answer of the bureau: 1000 is the best score."""

    score: int = Field(ge=0, le=1000)


class BureauError(Exception):
    """The bureau gave no answer that can be used."""


async def fetch_score(applicant: str, amount: int) -> int:
    """Ask the bureau how likely somebody is to pay an amount back. Raises BureauError."""
    path = f"/scores/{quote(applicant, safe='')}/{amount}"
    logger.info("asked", extra={"path": path})
    try:
        status, body = await _exchange(path)
        logger.info("answered", extra={"path": path})
        if status != 200:
            raise BureauError(f"GET {path}: {status}")
        return Scored.model_validate_json(body).score
    except (OSError, ValueError, EOFError, IndexError) as error:
        raise BureauError(f"GET {path}: {error}") from error


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
