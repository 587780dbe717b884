"""The embedder: a service that turns a text into a vector. It costs money, and may need minutes.

It takes one text at a time. A call that is cancelled closes its connection.
"""

import asyncio
import json
import os
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel

_calls = asyncio.Lock()


class Embedded(BaseModel):
    """What the embedder answers."""

    vector: list[float]


class EmbedderError(Exception):
    """The embedder does not take this text, or not now."""


async def embed(text: str) -> list[float]:
    """Give the vector of a text.

    Raises EmbedderError, and whatever happens to a connection or to an answer besides.
    """
    if _calls.locked():
        raise EmbedderError("The embedder takes one text at a time.")
    async with _calls:
        status, body = await _post("/embeddings", {"text": text})
    if status != 200:
        raise EmbedderError(f"The embedder answers {status}.")
    return Embedded.model_validate_json(body).vector


async def _post(path: str, value: Any) -> tuple[int, bytes]:
    base: Any = urlsplit(os.environ.get("UPSTREAM_URL", "http://127.0.0.1:9000"))
    body = json.dumps(value).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: {base.netloc}\r\nConnection: close\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    reader, writer = await asyncio.open_connection(base.hostname, base.port)
    try:
        writer.write(head.encode() + body)
        answer = await reader.read()
    finally:
        writer.close()
    head_bytes, _, body = answer.partition(b"\r\n\r\n")
    return int(head_bytes.split()[1]), body
