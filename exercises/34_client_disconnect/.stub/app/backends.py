"""The back ends: the model, which is slow and expensive, and two that take notes.

A run reports to the logger `kata.model` when it begins and when it ends, however it ends. What is
noted is reported to `kata.notes`.
"""

import asyncio
import json
import logging
import os
from typing import Any
from urllib.parse import urlsplit

MOST_RUNS = 2
"""Runs that the graphics card bears at the same time, all requests together."""

logger = logging.getLogger("kata.model")
notes = logging.getLogger("kata.notes")


class ModelError(Exception):
    """The model gave no text."""


async def run(question: str) -> str:
    """Let the model answer a question. Raises ModelError.

    A run that is cancelled closes its connection, and with that the model stops.
    """
    logger.info("begins", extra={"question": question})
    try:
        text = (await _post("/runs", {"question": question}))["text"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ModelError(f"The model fails: {error}") from error
    finally:
        logger.info("ends", extra={"question": question})
    return str(text)


async def count_answer(question: str) -> None:
    """Note that a visitor has got an answer to a question."""
    await _post("/counts", {"question": question})
    notes.info("counted", extra={"question": question})


async def keep_report(text: str) -> int:
    """Keep the text of a report; give its number."""
    number = int((await _post("/reports", {"text": text}))["number"])
    notes.info("kept", extra={"text": text})
    return number


async def _post(path: str, value: Any) -> Any:
    """Send a value to a back end, and give what it answers with 200; else raise ValueError."""
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
    status, _, body = answer.partition(b"\r\n\r\n")
    if status.split()[1:2] != [b"200"]:
        raise ValueError(f"{path}: {status[:80]!r}")
    return json.loads(body)
