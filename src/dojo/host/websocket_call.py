"""WebSocket calls: one session, as uvicorn's protocol for websockets serves it.

The peer answers a close at once; it reads, stalls or vanishes as the grader says.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from .calls import (
    SERVER_ERROR,
    SERVER_ERROR_HEADERS,
    Call,
    ClientDisconnected,
    Event,
    FrameWriter,
    Headers,
    to_bytes,
)

NORMAL_CLOSURE, NO_STATUS, CONNECTION_LOST = 1000, 1005, 1006
_RESERVED = frozenset((1004, NO_STATUS, CONNECTION_LOST))
_DEFINED = range(1000, 1015)
_FREE = range(3000, 5000)
_LONGEST_REASON = 123
_STATUS_CODES = range(100, 600)


class WebSocketCall(Call):
    """A session, from the handshake to its end."""

    def __init__(self, relay: FrameWriter, number: int, scope: Event, *, held: bool) -> None:
        super().__init__(relay, number, scope, held=held)
        self._accepted = False
        self._denial: Denial | None = None
        self._closed = False
        self._left = False
        self._lost: str | None = None

    def put(self, event: Event) -> None:
        """Put a message where `receive` finds it, or let the peer leave, with its code if any."""
        self._arrived += 1
        if event["type"] == "websocket.disconnect":
            self._let_leave(event)
        elif not self._closed and self._lost is None:
            self._inbox.append(event)
            self._news.set()

    def _let_leave(self, event: Event) -> None:
        code = event.get("code", NO_STATUS)
        if self._accepted and not self._closed and code != CONNECTION_LOST:
            self._left = True
            self._tell_end(code, reason=event.get("reason") or "")
            asyncio.get_running_loop().call_soon(self.lose, "The peer has left.")
        else:
            self.lose("The peer has left.")

    def lose(self, error: str) -> None:
        """End the connection: every send raises, and `receive` gives a disconnect."""
        if self._lost is None:
            self._lost = error
            self._tell_end(NO_STATUS if self._accepted else CONNECTION_LOST)
            self._release(ClientDisconnected(error))

    async def send(self, event: Event) -> None:
        """Take a step of the handshake or a message; raise for what uvicorn refuses."""
        if self._lost is not None:
            raise ClientDisconnected(self._lost)
        if self._closed:
            raise RuntimeError(f"'{event['type']}' is sent after the end of the connection.")
        if self._denial is not None:
            await self._go_on_denying(event, self._denial)
        elif self._accepted:
            await self._pass_message(event)
        else:
            await self._shake_hands(event)

    async def _shake_hands(self, event: Event) -> None:
        match event["type"]:
            case "websocket.accept":
                headers = _read_headers(event.get("headers", ()))
                answer = {"type": "websocket.accept", "headers": headers}
                self._write(answer | {"subprotocol": event.get("subprotocol")}, endpoint=None)
                await self._wait_for_peer()
                self._accepted = True
            case "websocket.close":
                self._write(_read_close(event), endpoint=None)
                await self._wait_for_peer()
                self._accepted = True  # to uvicorn a refusal completes the handshake
                self._end(CONNECTION_LOST)
            case "websocket.http.response.start":
                self._denial = Denial(event)
            case kind:
                raise RuntimeError(f"'{kind}' is sent before the connection is accepted.")

    async def _pass_message(self, event: Event) -> None:
        match event["type"]:
            case "websocket.send":
                message = _read_message(event)
                if self._left:
                    raise ClientDisconnected("The peer has left.")
                if message is not None:
                    self._write(message, endpoint=None)
                    await self._wait_for_peer()
            case "websocket.close" if not self._left:
                close = _read_close(event)
                _check_close(close["code"], close["reason"])
                self._write(close, endpoint=None)
                await self._wait_for_peer()
                self._end(close["code"], reason=close["reason"])
            case "websocket.close":
                pass  # between the peer's leave and its end, uvicorn has nobody to tell
            case kind:
                raise RuntimeError(f"'{kind}' is sent where a message or a close should be.")

    async def _go_on_denying(self, event: Event, denial: "Denial") -> None:
        if event["type"] != "websocket.http.response.body":
            raise RuntimeError(f"'{event['type']}' is sent where the body of a response should be.")
        denial.body += to_bytes(event["body"])
        if not event.get("more_body", False):
            self._answer(denial.status, denial.make_headers(), denial.body)
            await self._wait_for_peer()
            self._end(CONNECTION_LOST)

    def _finish(self, returned: object) -> None:
        del returned
        if not self._accepted and self._denial is None and self._lost is None:
            self._answer(500, SERVER_ERROR_HEADERS, SERVER_ERROR)
        self.lose("The call of this connection has ended.")

    def _answer(self, status: int, headers: Headers, body: bytes) -> None:
        """Write a whole response in place of the handshake's own."""
        start = {"type": "websocket.http.response.start", "status": status, "headers": headers}
        self._write(start, endpoint=None)
        self._write({"type": "websocket.http.response.body", "body": body, "more_body": False})

    def _end(self, code: int, **more: str) -> None:
        """Note the application's own end; the peer's answer comes with the next turn."""
        self._closed = True
        self._tell_end(code, **more)
        asyncio.get_running_loop().call_soon(self.lose, "The connection is closed.")

    def _tell_end(self, code: int, **more: str) -> None:
        self._inbox.append({"type": "websocket.disconnect", "code": code, **more})
        self._news.set()


class Denial:
    """A response of the application's own that refuses a handshake."""

    def __init__(self, start: Event) -> None:
        if start["status"] not in _STATUS_CODES:
            raise RuntimeError(f"{start['status']!r} is no status of a response.")
        self.status = int(start["status"])
        self.body = b""
        self._headers = _read_headers(start.get("headers", ()))

    def make_headers(self) -> Headers:
        """Give the headers, with those that uvicorn adds where they are missing."""
        added = [
            (b"content-length", str(len(self.body)).encode()),
            (b"content-type", b"text/plain; charset=utf-8"),
        ]
        given = {name for name, _ in self._headers}
        return self._headers + [pair for pair in added if pair[0] not in given]


def _read_headers(headers: Iterable[Any]) -> Headers:
    """Read the headers of a handshake, of which uvicorn checks no more than that they are bytes."""
    return [(to_bytes(name).lower(), to_bytes(value)) for name, value in headers]


def _read_message(event: Event) -> Event | None:
    """Give the message with its binary or else its text content; `None` if it has neither."""
    data, text = event.get("bytes"), event.get("text")
    if data is not None:
        return {"type": "websocket.send", "bytes": to_bytes(data)}
    if text is not None:
        text.encode()  # what is no text, or none that UTF-8 can hold, raises as under a server
        return {"type": "websocket.send", "text": text}
    return None


def _read_close(event: Event) -> Event:
    code, reason = event.get("code", NORMAL_CLOSURE), event.get("reason") or ""
    return {"type": "websocket.close", "code": code, "reason": reason}


def _check_close(code: Any, reason: str) -> None:
    """Raise `ValueError` for what no close frame can hold."""
    if code is None and not reason:
        return
    if (code not in _DEFINED or code in _RESERVED) and code not in _FREE:
        raise ValueError(f"{code!r} is no code of a close frame.")
    if len(reason.encode()) > _LONGEST_REASON:
        raise ValueError(f"The reason of a close is longer than {_LONGEST_REASON} bytes.")
