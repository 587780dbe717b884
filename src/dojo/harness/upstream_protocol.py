"""The upstream's HTTP/1.1, spoken with one client at a time, who may be hostile.

Requests are kept as they were sent. Everything that a client can make grow has a limit; what is
answered, the upstream decides.
"""

import asyncio
import json
import os
import socket
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial
from http.client import responses
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote

import h11

from .barriers import Barrier
from .failures import Failure

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
        cls, chunks: Sequence[bytes], barrier: Barrier, headers: Mapping[str, str] | None = None
    ) -> "Reply":
        """Answer at once with the head, then with one chunk for each release of `barrier`.

        The body ends with the last chunk; an empty one at the end holds it open.
        """
        body = partial(_drip, tuple(chunks), barrier)
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


async def _drip(chunks: Sequence[bytes], barrier: Barrier) -> AsyncGenerator[bytes, None]:
    for chunk in chunks:
        await barrier.enter()
        yield chunk


async def _pour() -> AsyncGenerator[bytes, None]:
    while True:
        yield _ENDLESS_CHUNK


_LONGEST_SHOWN = 600


@dataclass(frozen=True)
class Received:
    """One request; `refused` says why the server itself refused it, and is empty otherwise.

    `connection` counts TCP connections from 1. `target` is raw. Header names are in lower case,
    in the order in which they came. Of a refused request, what had not been read is empty.
    """

    connection: int
    method: str = ""
    target: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""

    @property
    def path(self) -> str:
        """Give the decoded path; `target` tells an encoded slash from a real one."""
        return unquote(self.raw_path)

    @property
    def raw_path(self) -> str:
        """Give the path as it was sent."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """Give the decoded query as pairs in the order sent, empty values included."""
        return tuple(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    def header(self, name: str) -> str | None:
        """Give a header's value, several joined by `, `, or `None` if it was not sent."""
        values = [value for each, value in self.headers if each == name.lower()]
        return ", ".join(values) if values else None

    def json(self) -> Any:
        """Give the decoded JSON body; `Failure` if it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            text = self.body.decode("utf-8", "backslashreplace")
            shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
            expected = f"a JSON body in the request '{self.method} {self.target}'"
            raise Failure(expected, f"the body '{shown}'") from None


LARGEST_HEAD = 16 * 1024
"""Bytes of a request line and its headers."""

LARGEST_BODY = 1024 * 1024
"""Bytes of a request's body."""

_LONGEST_REASON = 500


class Refused(Exception):
    """A request that breaks HTTP or a limit, and the status to answer it with."""

    def __init__(self, status: int, request: Received) -> None:
        super().__init__(request.refused)
        self.status = status
        self.request = request


class RequestReader:
    """Reads one request after the other out of an `h11` connection."""

    def __init__(self, number: int, http: h11.Connection) -> None:
        self._number = number
        self._http = http
        self._head: h11.Request | None = None
        self._body = bytearray()

    @property
    def wants_body(self) -> bool:
        """Tell whether a body may be sent in answer to the request at hand."""
        return self._head is None or self._head.method != b"HEAD"

    def start_next(self) -> None:
        """Make ready for the next request, once the last one was answered."""
        self._http.start_next_cycle()
        self._head, self._body = None, bytearray()

    def read(self) -> Received | None:
        """Give the request if it is complete; `None` if bytes are missing; raise `Refused`."""
        try:
            while True:
                match self._http.next_event():
                    case h11.Request() as head:
                        self._begin(head)
                    case h11.Data() as data:
                        self._extend(data.data)
                    case h11.EndOfMessage():
                        return self._describe(bytes(self._body))
                    case _:
                        return None
        except h11.RemoteProtocolError as error:
            raise self._refuse(error.error_status_hint, str(error)) from None

    def _begin(self, head: h11.Request) -> None:
        self._head = head
        if _measure(head) > LARGEST_HEAD:
            raise self._refuse(431, f"The head is longer than {LARGEST_HEAD} bytes.")
        lengths = [int(value) for name, value in head.headers if name == b"content-length"]
        if max(lengths, default=0) > LARGEST_BODY:
            raise self._refuse_body()

    def _extend(self, data: bytes) -> None:
        self._body += data
        if len(self._body) > LARGEST_BODY:
            raise self._refuse_body()

    def _refuse_body(self) -> Refused:
        return self._refuse(413, f"The body is longer than {LARGEST_BODY} bytes.")

    def _refuse(self, status: int, reason: str) -> Refused:
        return Refused(status, self._describe(refused=reason[:_LONGEST_REASON]))

    def _describe(self, body: bytes = b"", refused: str = "") -> Received:
        if self._head is None:
            return Received(self._number, refused=refused)
        return Received(
            self._number,
            self._head.method.decode(),
            self._head.target.decode(),
            tuple((name.decode(), value.decode("latin-1")) for name, value in self._head.headers),
            body,
            refused=refused,
        )


def _measure(head: h11.Request) -> int:
    headers = sum(len(name) + len(value) + len(": \r\n") for name, value in head.headers)
    return len(head.method) + len(head.target) + headers


MOST_AHEAD = 64 * 1024
"""Bytes that a client may send ahead while an earlier request is still being answered."""

RECORD_BYTES, LINE_BYTES = 4 * 1024, 128
"""What a request, and each line, is charged on top, so that tiny ones are limited too."""

# Small, because all that one step brings is parsed before other connections have their turn.
_STEP = 4 * 1024

_GARBAGE = b"\x00\x01\x02 this is no HTTP \xff\xfe\r\n\r\n"
_LINGER_NOT = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)

Answer = Callable[[], Awaitable[Reply]]


class Service(Protocol):
    """What a connection asks of the server behind it."""

    def charge(self, size: int) -> bool:
        """Account for bytes; `False` once there were too many."""

    def record(self, request: Received) -> None:
        """Keep a request that was refused."""

    def take(self, request: Received) -> Answer:
        """Keep a request and give the way to its reply."""

    def blame(self, error: BaseException) -> None:
        """Keep an error that is the script's fault."""

    def forget(self, connection: "Connection") -> None:
        """Let go of a connection that is closed and has no reply under way."""


class Connection(asyncio.BufferedProtocol):
    """One TCP connection: one request after the other, each answered before the next is read.

    A client that closes its side is taken to be gone, and the reply under way is cancelled.
    """

    def __init__(self, number: int, service: Service) -> None:
        self._service = service
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD)
        self._reader = RequestReader(number, self._http)
        self._step = bytearray(_STEP)
        self._transport: asyncio.Transport | None = None
        self._lost = False
        self._refused = False
        self._answering: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()

    @property
    def transport(self) -> asyncio.Transport:
        """Give the transport, which is there from `connection_made` on."""
        assert self._transport is not None
        return self._transport

    def abort(self) -> None:
        """Close at once: nothing more is sent or read, and the reply under way is cancelled."""
        self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, as asyncio asks."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the reply under way: nobody is there to read it."""
        del exc
        self._lost = True
        if self._answering is None:
            self._service.forget(self)
        else:
            self._answering.cancel()

    def eof_received(self) -> None:
        """Take the client for gone."""
        self.abort()

    def pause_writing(self) -> None:
        """Make the reply wait for a client that does not read."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Let the reply go on."""
        self._writable.set()

    def get_buffer(self, sizehint: int) -> bytearray:
        """Give asyncio the place for the next bytes."""
        del sizehint
        return self._step

    def buffer_updated(self, nbytes: int) -> None:
        """Read the bytes that came, or keep them while a reply is under way."""
        data = bytes(self._step[:nbytes])
        if not self._service.charge(nbytes + LINE_BYTES * data.count(b"\n")):
            self.abort()
        elif not self._refused:
            self._http.receive_data(data)
            if self._answering is None:
                self._read()
            elif len(self._http.trailing_data[0]) > MOST_AHEAD:
                self.abort()

    def _read(self) -> None:
        try:
            request = self._reader.read()
        except Refused as refused:
            self._refuse(refused)
            return
        if request is None:
            if self._http.they_are_waiting_for_100_continue:
                self._write(h11.InformationalResponse(status_code=100, headers=[]))
        elif self._service.charge(RECORD_BYTES):
            self._answering = asyncio.ensure_future(self._answer(self._service.take(request)))
            self._answering.add_done_callback(self._finish)
        else:
            self.abort()

    def _refuse(self, refused: Refused) -> None:
        self._service.record(refused.request)
        self._refused = True
        detail = {"detail": refused.request.refused}
        self._write_whole(Reply.json(detail, refused.status, {"connection": "close"}))
        # What still comes is dropped but read: closing on unread bytes would reset the
        # connection, and the client might lose the answer that tells why.
        self.transport.write_eof()

    async def _answer(self, answer: Answer) -> None:
        reply = await answer()
        match reply.fault:
            case Fault.RESET:
                stream: socket.socket = self.transport.get_extra_info("socket")
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
                self.transport.abort()
            case Fault.HANG_UP:
                self.transport.close()
            case Fault.GARBAGE:
                self.transport.write(_GARBAGE)
                self.transport.close()
            case Fault.SILENCE:
                await asyncio.Event().wait()
            case None:
                await self._send(reply)

    async def _send(self, reply: Reply) -> None:
        if isinstance(reply.body, bytes) or not self._reader.wants_body:
            self._write_whole(reply)
        else:
            self._write(_make_head(reply))
            async with aclosing(reply.body()) as chunks:
                async for chunk in chunks:
                    self._write(h11.Data(data=chunk))
                    await self._drain()
            self._write(h11.EndOfMessage())
        await self._drain()

    def _write_whole(self, reply: Reply) -> None:
        self._write(_make_head(reply))
        if isinstance(reply.body, bytes) and self._reader.wants_body:
            self._write(h11.Data(data=reply.body))
        self._write(h11.EndOfMessage())

    def _write(self, event: h11.Event) -> None:
        self.transport.write(self._http.send(event) or b"")

    async def _drain(self) -> None:
        # Others have their turn even if this client reads as fast as it is written to.
        await asyncio.sleep(0)
        await self._writable.wait()

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._answering = None
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._service.blame(error)
        if self._lost:
            self._service.forget(self)
        elif self._http.states == {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}:
            self._reader.start_next()
            self._read()
        else:
            self.transport.close()


def _make_head(reply: Reply) -> h11.Response:
    headers = list(reply.headers)
    if isinstance(reply.body, bytes):
        headers.append(("content-length", str(len(reply.body))))
    reason = responses.get(reply.status, "").encode()
    return h11.Response(status_code=reply.status, headers=headers, reason=reason)
