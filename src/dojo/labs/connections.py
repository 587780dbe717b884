"""Connections: HTTP/1.1 as the upstream speaks it with one client, who may be hostile.

Everything a client can make grow has a limit. What is answered, the server behind it decides.
"""

import asyncio
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from http.client import responses
from typing import Protocol

import h11

from .intake import LARGEST_HEAD, Intake, Refused
from .replies import Fault, Reply
from .requests import Received

MOST_AHEAD = 64 * 1024
"""Bytes that a client may send ahead while an earlier request is still being answered."""

RECORD_BYTES = 4 * 1024
"""What a request is charged on top of its bytes, so that tiny ones are limited too."""

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
        self._intake = Intake(number, self._http)
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
        if not self._service.charge(nbytes):
            self.abort()
        elif not self._refused:
            self._http.receive_data(bytes(self._step[:nbytes]))
            if self._answering is None:
                self._read()
            elif len(self._http.trailing_data[0]) > MOST_AHEAD:
                self.abort()

    def _read(self) -> None:
        try:
            request = self._intake.read()
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
        if isinstance(reply.body, bytes) or not self._intake.wants_body:
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
        if isinstance(reply.body, bytes) and self._intake.wants_body:
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
            self._intake.start_next()
            self._read()
        else:
            self.transport.close()


def _make_head(reply: Reply) -> h11.Response:
    headers = list(reply.headers)
    if isinstance(reply.body, bytes):
        headers.append(("content-length", str(len(reply.body))))
    reason = responses.get(reply.status, "").encode()
    return h11.Response(status_code=reply.status, headers=headers, reason=reason)
