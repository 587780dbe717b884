"""Cases: a small app, what a client does to it, and where the wall is known to differ.

An app is a piece of source that runs the same on both sides; `PRELUDE` stands before it. Whatever
it notes is compared, and so is what the client gets.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Protocol = Literal["httptools", "h11"]
"""Uvicorn's HTTP protocols; the first is taken where it is there, as under `fastapi dev`."""

PRELUDE = '''
import asyncio
import logging
import re
import sys

from fastapi import *
from fastapi.responses import *

logger = logging.getLogger("kata.wall")

PORT = re.compile(rb":\\d+$")


def note(*words):
    """Say something that both sides compare."""
    logger.info(" ".join(map(str, words)))


def show(event):
    """Write an event in full, but for long contents."""
    pairs = sorted(event.items())
    return " ".join(f"{name}={shorten(value)}" for name, value in pairs)


def shorten(value):
    is_long = isinstance(value, bytes | str) and len(value) > 200
    return f"{len(value)} of {type(value).__name__}" if is_long else repr(value)


def watch(app, receives=True, lifespan=False):
    """Note what `receive` gives, whether `send` raises, and how the call ends."""

    async def watched(scope, receive, send):
        if scope["type"] == "lifespan" and not lifespan:
            return

        async def receive_watched():
            event = await receive()
            if receives:
                note("receive", show(event))
            return event

        async def send_watched(event):
            try:
                await send(event)
            except Exception as error:
                note("send raises", name(error))
                raise
            note("send returns")

        try:
            return await app(scope, receive_watched, send_watched)
        except BaseException as error:
            note("app raises", name(error))
            raise
        finally:
            note("app ends")

    return watched


def name(error):
    return "OSError" if isinstance(error, OSError) else "an error"


def note_scope(scope):
    """Note all of a scope but for what differs by where the app runs."""
    for name, value in sorted(scope.items()):
        if name in ("client", "server"):
            value = (type(value), [type(part) for part in value])
        if name == "headers":
            value = [(key, PORT.sub(b":8000", content)) for key, content in value]
        note(name, repr(value))
    note({type(pair) for pair in scope["headers"]})


def start(status=200, headers=(), **more):
    return {"type": "http.response.start", "status": status, "headers": headers, **more}


def body(data=b"", more=False, **others):
    return {"type": "http.response.body", "body": data, "more_body": more, **others}


def text(content):
    return {"type": "websocket.send", "text": content}


ACCEPT = {"type": "websocket.accept"}
CLOSE = {"type": "websocket.close"}


async def attempt(send, *events):
    """Send events whether or not they are refused."""
    for event in events:
        try:
            await send(event)
        except Exception:
            pass
'''

RAW = """
async def answer(scope, receive, send):
{}

app = watch(answer)
"""


@dataclass(frozen=True)
class Request:
    """What an HTTP client does: at the note `leave`, and with `part` read, it goes away."""

    method: str = "GET"
    target: str = "/"
    headers: Sequence[tuple[bytes, bytes]] = ()
    body: bytes | Sequence[bytes] = b""
    leave: str = ""
    part: bytes = b""


@dataclass(frozen=True)
class Session:
    """What a WebSocket client does: a step is a method and its argument, in the words of `Peer`."""

    target: str = "/"
    headers: Sequence[tuple[str, str]] = ()
    subprotocols: Sequence[str] = ()
    steps: Sequence[tuple[str, object]] = ()


@dataclass(frozen=True)
class Lifespan:
    """Start the app, send one request if it starts, and stop it."""


@dataclass(frozen=True)
class Case:
    """An app and a client.

    Where the wall differs, `limit` says why, or `httptools` or `h11` if it is from that one alone.
    A session and a lifespan are served by the same code with either.
    """

    app: str
    client: Request | Session | Lifespan = field(default_factory=Request)
    limit: str = ""
    httptools: str = ""
    h11: str = ""

    @property
    def limits(self) -> dict[Protocol, str]:
        """The protocols to compare with, and why the wall differs from each, if it does."""
        usual: dict[Protocol, str] = {"httptools": self.limit or self.httptools}
        return {**usual, "h11": self.limit or self.h11} if self.is_http else usual

    @property
    def is_http(self) -> bool:
        """Whether the client sends one request."""
        return isinstance(self.client, Request)

    @property
    def source(self) -> str:
        """The module of the app."""
        return PRELUDE + self.app


def raw(lines: str) -> str:
    """Make an app of the lines in which it answers."""
    return RAW.format(textwrap.indent(textwrap.dedent(lines).strip(), "    "))
