"""WebSockets: a client, and a peer that can be dead, stalled or rude on purpose."""

from typing import Any

from .evidence import Sent
from .exchanges import Exchange
from .failures import SubmissionError
from .hosts import Host


class WebSocket:
    """One WebSocket session; with `stepped` the test decides over each `send` of the app."""

    def __init__(self, exchange: Exchange, stepped: bool) -> None:
        self.exchange = exchange
        self.accepted = False
        self.close_code: int | None = None
        self._stepped = stepped

    async def connect(self) -> bool:
        """Shake hands; `False` if the application refuses."""
        self.exchange.push({"type": "websocket.connect"})
        event = await self.next_event()
        self.accepted = event is not None and event.get("type") == "websocket.accept"
        return self.accepted

    def send_text(self, text: str) -> None:
        """Send a text frame."""
        self.exchange.push({"type": "websocket.receive", "text": text})

    def send_bytes(self, data: bytes) -> None:
        """Send a binary frame."""
        self.exchange.push({"type": "websocket.receive", "bytes": data})

    def leave(self, code: int = 1001) -> None:
        """Close from this side; the application's `receive` gives the disconnect."""
        self.exchange.push({"type": "websocket.disconnect", "code": code, "reason": ""})

    async def receive_text(self) -> str | None:
        """Wait for a text frame; `None` once the application has closed or ended."""
        event = await self.next_event()
        if event is None:
            return None
        text = event.get("text")
        if not isinstance(text, str):
            raise SubmissionError("protocol", f"The app sends no text frame but {event!r}.")
        return text

    async def next_event(self) -> dict[str, Any] | None:
        """Wait for the application's next event; `None` once it has closed or ended."""
        if self.close_code is not None:
            return None
        sent = await self.exchange.next_sent()
        if sent is None:
            return None
        if self._stepped:
            self.exchange.accept()
        return self._read(sent)

    def _read(self, sent: Sent) -> dict[str, Any] | None:
        if sent.event.get("type") != "websocket.close":
            return sent.event
        code = sent.event.get("code", 1000)
        self.close_code = code if isinstance(code, int) else None
        return None


def open_websocket(host: Host, path: str, *, stepped: bool = False, **scope: Any) -> WebSocket:
    """Prepare a WebSocket session at a path such as `/rooms/1?name=a`; `connect` opens it."""
    bare, _, query = path.partition("?")
    full = {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": bare,
        "raw_path": bare.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [],
        "client": ("203.0.113.7", 50000),
        "server": ("127.0.0.1", 8000),
        "subprotocols": [],
        **scope,
    }
    exchange = host.call(full, stepped=stepped, did=f"open a WebSocket to '{path}'")
    return WebSocket(exchange, stepped)
