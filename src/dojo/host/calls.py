"""Calls: what every ASGI call has, whatever its protocol, and those of the lifespan and of HTTP.

A call is the server's side of `receive` and `send`. It follows uvicorn, also where that is laxer or
stricter than the specification; `tests/wall` compares the two. Which connection it is, and who
reads what it sends, is the relay's affair.
"""

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Protocol

from .frames import LARGEST_HEAD, Frame
from .locations import Locations
from .recorder import current_call

Event = MutableMapping[str, Any]
Application = Callable[..., Awaitable[object]]


class FrameWriter(Protocol):
    """What a call needs of the relay."""

    locations: Locations

    def write(self, frame: Frame) -> None:
        """Send a frame to the grader."""


class ClientDisconnected(OSError):
    """The peer has gone: no fault of an application that ends with it."""


class Call:
    """One ASGI call: its scope, the events that wait for it, the sends that wait for the peer."""

    def __init__(self, relay: FrameWriter, number: int, scope: Event, *, held: bool) -> None:
        self.number = number
        self.scope = scope
        self._relay = relay
        self._inbox: deque[Event] = deque()
        self._arrived = 0
        self._news = asyncio.Event()
        self._held = held
        self._unanswered: deque[asyncio.Future[None]] = deque()

    def put(self, event: Event) -> None:
        """Put an event of the grader where `receive` finds it."""
        self._arrived += 1
        self._inbox.append(event)
        self._news.set()

    def acknowledge(self, error: str | None) -> None:
        """Let the oldest unanswered `send` return, or break the connection with all of them."""
        if error is not None:
            self.lose(error)
        elif self._unanswered:
            _settle(self._unanswered.popleft(), None)

    def hold(self, held: bool) -> None:
        """Hold every `send` from now on, or let go of those that are held and hold no more."""
        self._held = held
        if not held:
            self._release(None)

    def lose(self, error: str) -> None:
        """Break the connection, as a peer does that vanishes."""

    async def receive(self) -> Event:
        """Give the next event of the grader, as ASGI's `receive`."""
        while not self._inbox:
            await self._wait_for_news()
        return self._inbox.popleft()

    async def send(self, event: Event) -> None:
        """Take an event of the application, as ASGI's `send`."""
        raise NotImplementedError

    async def run(self, application: Application) -> None:
        """Run the application to its end and say how it ended; no end is the server's own."""
        current_call.set(self.number)
        frame: Frame = {"kind": "returned"}
        returned: object = None
        try:
            returned = await application(self.scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except asyncio.CancelledError:
            frame = {"kind": "cancelled"}
        except BaseException as error:
            frame = {"kind": "raised", "error": self._relay.locations.of_exception(error)}
        self._finish(returned)
        self._relay.write(frame | {"call": self.number})

    def _finish(self, returned: object) -> None:
        """Do what a server does once the application has returned something, or has raised."""

    def _write(self, event: Event, **more: Any) -> None:
        self._relay.write({"kind": "send", "call": self.number, "event": event, **more})

    async def _wait_for_news(self) -> None:
        """Tell the grader that all is taken, and wait for something new."""
        self._relay.write({"kind": "waiting", "call": self.number, "arrived": self._arrived})
        self._news.clear()
        await self._news.wait()

    async def _wait_for_peer(self) -> None:
        """Wait while the peer does not read; what was sent first is read first."""
        if self._held:  # a send that is cancelled stays in line
            self._unanswered.append(asyncio.get_running_loop().create_future())
            await self._unanswered[-1]

    def _release(self, error: OSError | None) -> None:
        while self._unanswered:
            _settle(self._unanswered.popleft(), error)


def _settle(future: "asyncio.Future[None]", error: OSError | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


_ENDS = ("complete", "failed")
_LONGEST_MESSAGE = 4000


class LifespanCall(Call):
    """The call in which an application starts up and shuts down; one step follows the other."""

    def __init__(self, relay: FrameWriter, number: int, scope: Event, *, held: bool) -> None:
        super().__init__(relay, number, scope, held=held)
        self._steps = ["startup", "shutdown"]

    async def send(self, event: Event) -> None:
        """Take the end of a step; `AssertionError` for anything else, as under uvicorn."""
        ends = [f"lifespan.{step}.{end}" for step in self._steps[:1] for end in _ENDS]
        assert event["type"] in ends, f"'{event['type']}' is sent where one of {ends} should be."
        del self._steps[0]
        answer: Event = {"type": event["type"]}
        if message := event.get("message"):
            answer["message"] = str(message)[:_LONGEST_MESSAGE]
        self._write(answer, endpoint=None)


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
    """A request whose body arrives in pieces, and a response that is checked as it is sent.

    It is served as by uvicorn's protocol for httptools.
    """

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
