"""HTTP calls: one request and its response, as uvicorn's protocol for httptools serves them."""

import re
from collections.abc import Iterable
from typing import Any

from .calls import Call, Event, FrameWriter
from .frames import LARGEST_HEAD

_LARGEST_CHUNK = 1024 * 1024
_LARGEST_PIECE = 64 * 1024
_NO_BODY = (204, 304)
_STATUS_CODES = range(200, 600)
_NO_NAME = re.compile(rb'[\x00-\x20\x7f-\xff()<>@,;:\\\[\]={}"]')
_NO_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")

Headers = list[tuple[bytes, bytes]]

SERVER_ERROR = b"Internal Server Error"
SERVER_ERROR_HEADERS: Headers = [
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"content-length", str(len(SERVER_ERROR)).encode()),
]
"""The server's own answer for an application that gives none."""


class HttpCall(Call):
    """A request whose body arrives in pieces, and a response that is checked as it is sent."""

    def __init__(self, relay: FrameWriter, number: int, scope: Event, *, held: bool) -> None:
        super().__init__(relay, number, scope, held=held)
        self._framing: Framing | None = None
        self._complete = False
        self._gone = False

    def put(self, event: Event) -> None:
        """Put a piece of the request's body where `receive` finds it, or let the peer leave."""
        super().put(event)
        if event["type"] == "http.disconnect":
            self.lose("The peer has left.")

    def lose(self, error: str) -> None:
        """Let the peer go: `receive` gives the disconnect, and what is sent goes nowhere."""
        del error  # uvicorn tells a request only that the peer has gone
        self._gone = True
        self._news.set()
        self._release(None)

    async def receive(self) -> Event:
        """Give what has arrived of the body; the disconnect once the request is over."""
        while not (self._complete or self._gone or self._inbox):
            await self._wait_for_news()
        if self._complete or self._gone:
            return {"type": "http.disconnect"}
        return self._take_piece()

    async def send(self, event: Event) -> None:
        """Take the start of the response or a part of its body; raise for what uvicorn refuses."""
        if self._complete:
            raise RuntimeError(f"'{event['type']}' is sent after the end of the response.")
        if self._gone:
            return
        if self._framing is None:
            _require(event, "http.response.start")
            self._start(event)
            await self._wait_for_peer()
        else:
            _require(event, "http.response.body")
            self._pass_body(event, self._framing)
            await self._wait_for_peer()
            self._complete = not event.get("more_body", False)
            if self._complete:
                self._news.set()

    def _take_piece(self) -> Event:
        """Join pieces that have arrived together, as they do in a server's buffer."""
        piece = self._inbox.popleft()
        body, more = piece.get("body", b""), piece.get("more_body", False)
        while more and self._inbox:
            following = self._inbox[0].get("body", b"")
            if len(body) + len(following) > _LARGEST_PIECE:
                break
            body += following
            more = self._inbox.popleft().get("more_body", False)
        return {"type": "http.request", "body": body, "more_body": more}

    def _start(self, event: Event) -> None:
        self._framing = Framing(self.scope["method"])  # a response that cannot start has started
        status, headers = read_status(event["status"]), read_headers(event.get("headers", ()))
        self._framing.start(status, headers)
        start = {"type": "http.response.start", "status": status, "headers": headers}
        self._write(start, endpoint=self._find_endpoint())

    def _pass_body(self, event: Event, framing: "Framing") -> None:
        body = framing.measure(event.get("body", b""))
        more = bool(event.get("more_body", False))
        missing = not more and framing.missing
        for start in range(0, max(len(body), 1), _LARGEST_CHUNK):
            end = start + _LARGEST_CHUNK
            goes_on = bool(more or missing or end < len(body))
            part = {"type": "http.response.body", "body": body[start:end], "more_body": goes_on}
            self._write(part)
        if missing:
            raise RuntimeError(f"The body is {missing} bytes shorter than its 'content-length'.")

    def _finish(self, returned: object) -> None:
        if self._framing is None and not self._gone and returned is None:
            headers = list(SERVER_ERROR_HEADERS)
            self._write(
                {"type": "http.response.start", "status": 500, "headers": headers}, endpoint=None
            )
            self._write({"type": "http.response.body", "body": SERVER_ERROR, "more_body": False})
            self._complete = True
        self.lose("The call of this connection has ended.")

    def _find_endpoint(self) -> Any:
        endpoint = self.scope.get("endpoint")
        return None if endpoint is None else self._relay.locations.of_function(endpoint)


class Framing:
    """How many bytes of a response's body are still to come, as the server counts them."""

    def __init__(self, method: str) -> None:
        self._is_head = method == "HEAD"
        self._left: int | None = 0

    def start(self, status: int, headers: Headers) -> None:
        """Read the length from the headers: `ValueError` if it is none."""
        self._left = 0 if self._is_head or status in _NO_BODY else None
        is_told = False
        for name, value in headers:
            if name == b"content-length" and not is_told:
                if not value.isdigit():
                    raise ValueError(f"{value!r} is no 'content-length'.")
                self._left, is_told = int(value), True
            elif name == b"transfer-encoding" and value.lower() == b"chunked":
                self._left, is_told = None, True

    def measure(self, body: Any) -> bytes:
        """Give the bytes of a part that go over the line; `RuntimeError` if they are too many."""
        if self._is_head:
            self._left = 0
            return b""
        if self._left is None:
            return to_bytes(body) if body else b""
        data = to_bytes(body)
        if len(data) > self._left:
            raise RuntimeError("The body is longer than its 'content-length' or status allows.")
        self._left -= len(data)
        return data

    @property
    def missing(self) -> int:
        """The bytes that the headers promise and that have not been sent."""
        return self._left or 0


def _require(event: Event, kind: str) -> None:
    if event["type"] != kind:
        raise RuntimeError(f"'{event['type']}' is sent where '{kind}' should be.")


def read_status(status: Any) -> int:
    """Give a status code as a number; `KeyError` for one that no server can send."""
    if status not in _STATUS_CODES:
        raise KeyError(status)
    return int(status)


def read_headers(headers: Iterable[Any]) -> Headers:
    """Check the headers of a response, names in small letters; raise for what no server sends."""
    pairs = []
    size = 0
    for name, value in headers:
        if not name or _NO_NAME.search(name):
            raise RuntimeError(f"{name!r} is no name of a header.")
        if _NO_VALUE.search(value):
            raise RuntimeError(f"The header {name!r} cannot have the value {value!r}.")
        pairs.append((bytes(name).lower(), bytes(value)))
        size += len(name) + len(value)
    if size > LARGEST_HEAD:
        raise RuntimeError(
            f"This is a limit of the grader: it takes {LARGEST_HEAD >> 10} KiB of headers."
        )
    return pairs


def to_bytes(data: Any) -> bytes:
    """Give bytes, or anything that holds some, as bytes; `TypeError` for anything else."""
    return data if type(data) is bytes else bytes(memoryview(data))
