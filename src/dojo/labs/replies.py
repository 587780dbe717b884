"""Replies: what the upstream answers, faults included; how they are sent is not decided here."""

import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Any

from .gates import Gate

Chunks = Callable[[], AsyncGenerator[bytes, None]]

_ENDLESS_CHUNK = b"endless\n" * 2048


class Fault(Enum):
    """A way in which a partner can fail to answer at all."""

    RESET = auto()
    HANG_UP = auto()
    GARBAGE = auto()
    SILENCE = auto()


@dataclass(frozen=True)
class Reply:
    """One answer: a body of known length, or a function that makes its chunks, or a fault."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | Chunks = b""
    fault: Fault | None = None

    @classmethod
    def json(
        cls, value: Any, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> "Reply":
        """Answer with a value as JSON."""
        body = json.dumps(value).encode()
        return cls(status, _make_headers("application/json", headers), body)

    @classmethod
    def text(
        cls, text: str, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> "Reply":
        """Answer with a text."""
        return cls(status, _make_headers("text/plain; charset=utf-8", headers), text.encode())

    @classmethod
    def dripping(
        cls, chunks: Sequence[bytes], gate: Gate, headers: Mapping[str, str] | None = None
    ) -> "Reply":
        """Answer at once with the head, then with one chunk for each release of `gate`.

        The body ends with the last chunk; an empty one at the end holds it open.
        """
        body = partial(_drip, tuple(chunks), gate)
        return cls(headers=_make_headers("text/plain; charset=utf-8", headers), body=body)

    @classmethod
    def endless(cls) -> "Reply":
        """Answer with a body that never ends, as fast as the client reads."""
        return cls(headers=_make_headers("text/plain; charset=utf-8", None), body=_pour)

    @classmethod
    def reset(cls) -> "Reply":
        """Break the connection off with a TCP reset."""
        return cls(fault=Fault.RESET)

    @classmethod
    def hang_up(cls) -> "Reply":
        """Close the connection properly, without an answer."""
        return cls(fault=Fault.HANG_UP)

    @classmethod
    def garbage(cls) -> "Reply":
        """Answer with bytes that are no HTTP, then close."""
        return cls(fault=Fault.GARBAGE)

    @classmethod
    def silence(cls) -> "Reply":
        """Never answer; the connection stays open."""
        return cls(fault=Fault.SILENCE)


def _make_headers(
    content_type: str, headers: Mapping[str, str] | None
) -> tuple[tuple[str, str], ...]:
    given = {name.lower(): value for name, value in (headers or {}).items()}
    return tuple(({"content-type": content_type} | given).items())


async def _drip(chunks: Sequence[bytes], gate: Gate) -> AsyncGenerator[bytes, None]:
    for chunk in chunks:
        await gate.enter()
        yield chunk


async def _pour() -> AsyncGenerator[bytes, None]:
    while True:
        yield _ENDLESS_CHUNK
