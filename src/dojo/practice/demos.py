"""Demos: the upstream as a learner meets it under `serve`, answering what `kata.toml` says.

Grading never uses it: there a criterion scripts the upstream.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from socket import socket

from pydantic import JsonValue

from ..catalogue import DemoAnswer
from ..labs.replies import Reply
from ..labs.requests import Received
from ..labs.upstream import Upstream

_OWN_HEADERS = "x-"


class Demo:
    """Gives the answers of a demo and announces every caller that enters and leaves."""

    def __init__(self, announce: Callable[[str], None]) -> None:
        self._announce = announce
        self._inside = 0

    async def give(self, answer: DemoAnswer, request: Received) -> Reply:
        """Give one answer when its time has passed."""
        caller = describe_caller(request)
        self._count(+1, f"{caller} enters")
        try:
            await asyncio.sleep(answer.seconds)
        finally:
            self._count(-1, f"{caller} leaves")
        if answer.body is None:
            return Reply(answer.status)
        return Reply.json(fill(answer.body, request.path_parameters), answer.status)

    def _count(self, change: int, event: str) -> None:
        self._inside += change
        self._announce(f"{event}, {self._inside} inside")


@asynccontextmanager
async def open_demo(
    listener: socket, answers: tuple[DemoAnswer, ...], announce: Callable[[str], None]
) -> AsyncIterator[None]:
    """Answer on `listener` inside an `async with`."""
    demo = Demo(announce)
    async with Upstream(listener) as upstream:
        for answer in reversed(answers):  # the upstream prefers what it was told last

            async def script(request: Received, answer: DemoAnswer = answer) -> Reply:
                return await demo.give(answer, request)

            upstream.on(answer.method, answer.path, script)
        yield


def describe_caller(request: Received) -> str:
    """Say what was asked for, with the headers that an app adds on its own account."""
    headers = [f"{k}: {v}" for k, v in request.headers if k.startswith(_OWN_HEADERS)]
    return " ".join([request.method, request.target, *(f"({each})" for each in headers)])


def fill(value: JsonValue, parameters: Mapping[str, str]) -> JsonValue:
    """Put path parameters into all strings of a JSON value that name them in braces."""
    if isinstance(value, str):
        for name, text in parameters.items():
            value = value.replace(f"{{{name}}}", text)
        return value
    if isinstance(value, list):
        return [fill(each, parameters) for each in value]
    if isinstance(value, dict):
        return {key: fill(each, parameters) for key, each in value.items()}
    return value
