"""The upstream: an HTTP service that a submission calls and a test scripts.

Its replies may be wrong on purpose; its barriers hold callers, so that their order and their number
are facts. Nothing is timed: whoever waits for callers to arrive brings the deadline.
"""

import asyncio
import inspect
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Self
from urllib.parse import unquote

from .barriers import Barrier, Watch
from .failures import Failure
from .listeners import Acceptor
from .upstream_protocol import Answer, Connection, Received, Reply

__all__ = ["MOST_CONNECTIONS", "Received", "Reply", "Script", "Upstream"]

MOST_CONNECTIONS = 64
"""Connections open at the same time; more are closed as soon as they are made."""

MOST_BYTES = 64 * 1024 * 1024
"""Bytes that all clients together may send in one criterion; then they are cut off."""

Script = Reply | Callable[[Received], Reply | Awaitable[Reply]]

_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Route:
    """A scripted reply and the requests that get it."""

    method: str
    path: re.Pattern[str]
    script: Script
    barrier: Barrier | None

    def match(self, request: Received) -> dict[str, str] | None:
        """Give the decoded path parameters of a request that is meant; else `None`."""
        if self.method != request.method and (self.method, request.method) != ("GET", "HEAD"):
            return None
        found = self.path.fullmatch(request.raw_path)
        return {k: unquote(v) for k, v in found.groupdict().items()} if found else None


class Upstream:
    """A scripted HTTP/1.1 server on a listening socket, which it leaves open for the next one.

    `requests` holds what was received, in order of completion; `connections` counts every TCP
    connection that was ever accepted. An error in a script is raised on leaving.
    """

    def __init__(self, listener: socket.socket) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        self._listener = listener
        self._routes: list[Route] = []
        self._open: set[Connection] = set()
        self._acceptor = Acceptor(listener, self)
        self._watch = Watch()
        self._received = 0
        self._errors: list[BaseException] = []

    @property
    def url(self) -> str:
        """Give the address without a slash at the end."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def open_connections(self) -> int:
        """Give how many connections are open now."""
        return len(self._open)

    async def all_closed(self) -> None:
        """Wait until no connection is open; for ever if one stays so."""
        await self._watch.until(lambda: not self._open)

    def on(
        self, method: str, path_pattern: str, reply: Script, *, barrier: Barrier | None = None
    ) -> None:
        """Answer from now on with `reply`, or what it gives for the request; the latest wins.

        A parameter such as `{id}` in the pattern stands for text without a slash. Requests are
        held by `barrier` once recorded, before `reply` is asked. A GET's reply serves HEAD.
        """
        parts = _PARAMETER.split(path_pattern)
        parts[::2] = map(re.escape, parts[::2])
        parts[1::2] = [f"(?P<{name}>[^/]+)" for name in parts[1::2]]
        self._routes.insert(0, Route(method, re.compile("".join(parts)), reply, barrier))

    async def __aenter__(self) -> Self:
        self._acceptor.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._acceptor.stop()
        for connection in self._open:
            connection.abort()
        await self.all_closed()
        self._acceptor.drop_waiting()
        if self._errors:
            raise self._errors[0]

    def admit(self) -> Connection | None:
        """Give the next connection; `None` if too many are open."""
        self.connections += 1
        if len(self._open) >= MOST_CONNECTIONS:
            return None
        connection = Connection(self.connections, self)
        self._open.add(connection)
        return connection

    def lose(self, protocol: asyncio.BaseProtocol) -> None:
        """Let go of a connection that was broken before it began."""
        assert isinstance(protocol, Connection)
        self.forget(protocol)

    def charge(self, size: int) -> bool:
        """Account for bytes of any client; `False` once there were too many."""
        self._received += size
        return self._received <= MOST_BYTES

    def record(self, request: Received) -> None:
        """Keep a request."""
        self.requests.append(request)

    def take(self, request: Received) -> Answer:
        """Keep a request and give the way to its reply."""
        for route in self._routes:
            parameters = route.match(request)
            if parameters is not None:
                request = replace(request, path_parameters=parameters)
                self.record(request)
                return partial(_reply, route.script, route.barrier, request)
        self.record(request)
        return partial(_reply, _refuse_unscripted, None, request)

    def blame(self, error: BaseException) -> None:
        """Keep an error of a script, to raise it on leaving."""
        self._errors.append(error)

    def forget(self, connection: Connection) -> None:
        """Let go of a connection that is closed and has no reply under way."""
        self._open.discard(connection)
        self._watch.look()


async def _reply(script: Script, barrier: Barrier | None, request: Received) -> Reply:
    if barrier is not None:
        await barrier.enter()
    if isinstance(script, Reply):
        return script
    try:
        reply = script(request)
        return await reply if inspect.isawaitable(reply) else reply
    except Failure as failure:  # the request is not what the script can read
        return Reply.json({"detail": str(failure)}, 400)


def _refuse_unscripted(request: Received) -> Reply:
    detail = f"Nothing is scripted for '{request.method} {request.target}'."
    return Reply.json({"detail": detail}, 404)
