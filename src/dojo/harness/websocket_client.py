"""WebSockets: a client that can also be dead, stalled or rude on purpose.

It plays the peer; what the server adds to that (a disconnect after a close, errors on a connection
that is gone) is the part of `host/websocket_call.py`. It does not judge what the application sends.
"""

import shlex
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import httpx

from .evidence import Sent
from .failures import SubmissionError
from .hosts import Exchange, Host, Scope
from .http_client import BASE_URL, DEFAULT_CLIENT, SERVER, Peer, describe_peer, read_pairs

CONNECTION_LOST = 1006
"""The code of a connection that ends without a close; uvicorn may tell the app another one."""

NO_STATUS = 1005
"""The code of a close that has none."""

Headers = list[tuple[bytes, bytes]]

_HANDSHAKE: Headers = [
    (b"host", b"127.0.0.1:8000"),
    (b"upgrade", b"websocket"),
    (b"connection", b"Upgrade"),
    (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
    (b"sec-websocket-version", b"13"),
]
"""What every client sends; the key is the example of RFC 6455."""

HANDSHAKE_HEADERS = frozenset((*dict(_HANDSHAKE), b"sec-websocket-protocol"))
"""The names of what belongs to the handshake itself."""

_REFUSAL: Headers = [
    (b"content-length", b"0"),
    (b"content-type", b"text/plain; charset=utf-8"),
]
"""What uvicorn answers, with status 403, for an application that closes before it accepts."""


_LONGEST_SHOWN = 60


class WebSocket:
    """One WebSocket session."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.accepted = False
        self.status: int | None = None
        self.subprotocol: str | None = None
        self.headers: Headers = []
        """Those of the answer to the handshake; a real server adds its own."""
        self.body = b""
        self.close_code: int | None = None
        self.close_reason = ""

    async def connect(self) -> bool:
        """Shake hands; `False` if the application refuses, with the `status` of its response.

        `status` stays `None` where the connection is closed without a response.
        """
        self.exchange.push({"type": "websocket.connect"})
        event = await self.next_event()
        kind = None if event is None else event.get("type")
        self.accepted = kind == "websocket.accept"
        if event is not None and self.accepted:
            self.status = HTTPStatus.SWITCHING_PROTOCOLS
            self.subprotocol = event.get("subprotocol")
            self.headers = read_pairs(event.get("headers")) or []
        elif self.close_code is not None:
            self.status, self.headers = HTTPStatus.FORBIDDEN, list(_REFUSAL)
        elif event is not None and kind == "websocket.http.response.start":
            await self._read_response(event)
        return self.accepted

    async def _read_response(self, start: dict[str, Any]) -> None:
        part = await self.next_event() or {}
        match start.get("status"), read_pairs(start.get("headers")), part.get("body"):
            case int() as status, list() as headers, bytes() as body:
                self.status, self.headers, self.body = status, headers, body
            case _:
                message = "The app refuses a handshake with a broken response."
                raise SubmissionError("protocol", message)

    def send_text(self, *texts: str) -> None:
        """Send a text frame, or several that arrive at the same moment."""
        self.exchange.push(*({"type": "websocket.receive", "text": text} for text in texts))

    def send_bytes(self, data: bytes) -> None:
        """Send a binary frame."""
        self.exchange.push({"type": "websocket.receive", "bytes": data})

    def leave(self, code: int = 1001, reason: str = "") -> None:
        """Close from this side, or with `CONNECTION_LOST` vanish without a close.

        `receive` gives the disconnect, and every send raises `OSError`.
        """
        self.exchange.push({"type": "websocket.disconnect", "code": code, "reason": reason})

    def stall(self) -> None:
        """Read nothing from now on: what the application sends is seen, but no send returns."""
        self.exchange.stall()

    def resume(self) -> None:
        """Read again: the sends that were held return, in the order in which they were made."""
        self.exchange.resume()

    def die(self) -> None:
        """Break the connection: a send that is held, and every later one, raises `OSError`.

        The application's `receive` then gives a disconnect, as it does under a server.
        """
        self.exchange.refuse()

    async def receive_text(self) -> str | None:
        """Wait for a text frame; `None` once the application has closed or ended."""
        event = await self.next_event()
        if event is None:
            return None
        text = event.get("text")
        if not isinstance(text, str):
            raise SubmissionError("protocol", f"The app does not send a text frame, but {event!r}.")
        return text

    async def next_event(self) -> dict[str, Any] | None:
        """Wait for the application's next event; `None` once it has closed or ended."""
        if self.close_code is not None:
            return None
        sent = await self.exchange.next_sent()
        return None if sent is None else self._read(sent)

    async def list_events(self) -> list[dict[str, Any]]:
        """Give the application's events that have come by now, without waiting for any."""
        events = [self._read(sent) for sent in await self.exchange.take_sent()]
        return [event for event in events if event is not None]

    def _read(self, sent: Sent) -> dict[str, Any] | None:
        if sent.event.get("type") != "websocket.close":
            return sent.event
        code = sent.event.get("code", 1000)
        code = NO_STATUS if code is None else code
        self.close_code = code if isinstance(code, int) else None
        reason = sent.event.get("reason")
        self.close_reason = reason if isinstance(reason, str) else ""
        return None


def open_websocket(
    host: Host,
    path: str,
    *,
    headers: Headers | None = None,
    subprotocols: Sequence[str] = (),
    client: Peer | None = DEFAULT_CLIENT,
) -> WebSocket:
    """Prepare a WebSocket session at a path such as `/rooms/1?name=a`; `connect` opens it.

    `client` is the peer's address, or `None` if the server gives none.
    """
    url = httpx.URL(f"{BASE_URL.replace('http', 'ws', 1)}{path}")
    raw_path, _, query = url.raw_path.partition(b"?")
    offered: Headers = [(b"sec-websocket-protocol", ", ".join(subprotocols).encode())]
    scope: Scope = {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": url.path,
        "raw_path": raw_path,
        "query_string": query,
        "root_path": "",
        "headers": _HANDSHAKE + (offered if subprotocols else []) + (headers or []),
        "client": client,
        "server": SERVER,
        "subprotocols": list(subprotocols),
        "extensions": {"websocket.http.response": {}},
    }
    did = shlex.join(["websockets", f"{BASE_URL.replace('http', 'ws', 1)}{path}"])
    said = [*(offered if subprotocols else []), *(headers or [])]
    shown = "; ".join(
        [
            *filter(None, [describe_peer(client)]),
            *(f"{name.decode()}: {_shorten(value.decode('latin-1'))}" for name, value in said),
        ]
    )
    return WebSocket(host.call(scope, did=f"{did} # {shown}" if shown else did))


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
