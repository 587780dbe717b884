"""Guards: they keep a learner's tests off the network and from waiting, and note databases.

A process can be guarded again and again; what a guard refuses, it also tells of.
"""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import anyio._backends._asyncio

from .tests import Tests

NETWORK = frozenset(
    ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
)

_guarded: list[Tests] = []


class Refused(ConnectionRefusedError):
    """The network was asked for."""


class Waited(Exception):
    """A test sleeps."""


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if not _guarded:
        return
    if event in NETWORK:
        target = " ".join(repr(each) for each in arguments if isinstance(each, str | tuple))
        _guarded[-1].tell({"kind": "network", "target": target[:200]})
        raise Refused(f"No network here: {target}")
    if event == "sqlite3.connect" and isinstance(arguments[0], str | os.PathLike):
        _guarded[-1].note_database(os.fspath(arguments[0]))


def _refuse_sleep(seconds: float) -> None:
    if seconds > 0 and _guarded:
        raise Waited(f"A test must not sleep, not even for {seconds:g} seconds.")


_sleep, _sleep_in_loop = time.sleep, asyncio.sleep


def _sleep_not(seconds: Any, /) -> None:
    _refuse_sleep(seconds)
    _sleep(seconds)


async def _sleep_not_in_loop(delay: float, result: Any = None) -> Any:
    _refuse_sleep(delay)
    return await _sleep_in_loop(delay, result)


@contextlib.contextmanager
def guard(tests: Tests) -> Iterator[None]:
    """Guard this process while a suite runs in it."""
    _guarded.append(tests)
    try:
        yield
    finally:
        _guarded.remove(tests)


sys.addaudithook(_watch)
time.sleep = _sleep_not
for _module in (asyncio, asyncio.tasks, anyio._backends._asyncio):
    _module.sleep = _sleep_not_in_loop  # type: ignore[attr-defined]
