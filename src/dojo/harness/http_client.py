"""The transport: it lets `httpx` talk to a submission behind the wall.

It plays the HTTP client: scope in, response out, with a cap on bodies and without following,
decoding or guessing. What the server adds is in `host/calls.py`. Headers are bounded before any
parser of the grader's sees them: one that is slow on hostile bytes would stall the grader, which no
time-out inside it could end.
"""

import contextlib
import re
import shlex
from collections.abc import AsyncIterator, Iterator, Sequence
from http import HTTPStatus
from typing import Any

import httpx

from ..host.frames import LARGEST_HEAD
from .evidence import Sent
from .failures import SubmissionError
from .hosts import Exchange, Host, Scope

MOST_HEADERS = 256
MOST_COOKIES = 50
LARGEST_COOKIE = 4096
"""Bytes of one `set-cookie` header, as browsers keep them (RFC 6265, section 6.1)."""

CHARSETS = frozenset(
    ("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "latin1", "windows-1252")
)
"""What texts are decoded with; a body in another charset is read as UTF-8."""

_CHARSET = re.compile(r";[ \t]*charset=\"?([a-z0-9-]{1,20})(?![a-z0-9_-])", re.IGNORECASE)


def find_excess(headers: Sequence[tuple[bytes, bytes]]) -> str | None:
    """Say which limit a response's headers exceed; `None` if they keep to all of them."""
    if len(headers) > MOST_HEADERS:
        return f"has {len(headers)} headers, more than the grader's limit of {MOST_HEADERS}"
    size = sum(len(name) + len(value) for name, value in headers)
    if size > LARGEST_HEAD:
        limit = f"the grader's limit of {LARGEST_HEAD >> 10} KiB"
        return f"has {size} bytes of headers, more than {limit}"
    cookies = [value for name, value in headers if name.lower() == b"set-cookie"]
    if len(cookies) > MOST_COOKIES:
        return f"sets {len(cookies)} cookies, more than the grader's limit of {MOST_COOKIES}"
    longest = max(map(len, cookies), default=0)
    if longest > LARGEST_COOKIE:
        limit = f"the grader's limit of {LARGEST_COOKIE}"
        return f"sets a cookie of {longest} bytes, more than {limit}"
    return None


def read_charset(content_type: str) -> str | None:
    """Read the charset out of a `content-type`; `None` unless it is one of `CHARSETS`."""
    found = _CHARSET.search(content_type)
    name = found[1].lower() if found else ""
    return name if name in CHARSETS else None


BASE_URL = "http://127.0.0.1:8000"
"""Where `fastapi dev` serves, so that a shown request can be pasted as it is."""

SERVER = ("127.0.0.1", 8000)

Peer = tuple[str, int]

DEFAULT_CLIENT: Peer = ("203.0.113.7", 50000)
"""The peer's address as the application sees it: one of those set aside for documentation."""

DISCONNECT = {"type": "http.disconnect"}
"""What a peer that leaves puts into the events of its request."""

LARGEST_BODY = 1024 * 1024
_MOST_DIGITS = 20
_NO_BODY = (204, 304)
_LARGEST_CHUNK = 64 * 1024
_LONGEST_SHOWN = 1000
_UNTOLD_HEADERS = frozenset(
    ("host", "accept", "accept-encoding", "connection", "user-agent", "content-length")
)


class HostTransport(httpx.AsyncBaseTransport):
    """Relay requests to a host; the peer address is `client`, or none at all."""

    def __init__(self, host: Host, client: Peer | None = DEFAULT_CLIENT) -> None:
        self._host = host
        self._client = client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request through the wall and give the response once it starts."""
        exchange = await self._send(request)
        with _leave_on_error(exchange):
            status, headers = await _read_start(self._host, exchange)
            _keep_limits(self._host, exchange, headers)
        if any(name.lower() == b"content-encoding" for name, _ in headers):
            message = "The response is compressed, but the request does not accept that."
            raise self._host.error("protocol", message, exchange.endpoint)
        return Response(
            status,
            headers=headers,
            stream=Body(self._host, exchange, _measure(request.method, status, headers)),
            extensions={
                "exchange": exchange,
                "host": self._host,
                "did": tuple(self._host.history),
            },
        )

    async def _send(self, request: httpx.Request) -> Exchange:
        if isinstance(request.stream, httpx.ByteStream):  # all is there: a client sends it at once
            return start_request(self._host, request, client=self._client)
        did = describe_request(request, self._client)
        exchange = self._host.call(make_scope(request, self._client), did=did)
        assert isinstance(request.stream, httpx.AsyncByteStream)
        with _leave_on_error(exchange):
            async for chunk in request.stream:
                _push_body(exchange, chunk, more=True)
        exchange.push({"type": "http.request", "body": b"", "more_body": False})
        return exchange


@contextlib.contextmanager
def _leave_on_error(exchange: Exchange) -> Iterator[None]:
    """Let the application know when the client goes away in the middle of a request."""
    try:
        yield
    except BaseException:
        exchange.push(DISCONNECT)
        raise


def start_request(
    host: Host,
    request: httpx.Request,
    *,
    stepped: bool = False,
    client: Peer | None = DEFAULT_CLIENT,
) -> Exchange:
    """Send a whole request at once through the raw driver; with `stepped` nothing is read."""
    did = describe_request(request, client)
    with host.connection.hold_frames():
        exchange = host.call(make_scope(request, client), stepped=stepped, did=did)
        _push_body(exchange, request.content, more=False)
    return exchange


def _push_body(exchange: Exchange, body: bytes, *, more: bool) -> None:
    """Pass a body on in pieces, as a server does that reads it from a socket."""
    for start in range(0, max(len(body), 1), _LARGEST_CHUNK):
        end = start + _LARGEST_CHUNK
        event = {"type": "http.request", "body": body[start:end]}
        exchange.push(event | {"more_body": more or end < len(body)})


def exchange_of(response: httpx.Response) -> Exchange:
    """Give the exchange behind a response."""
    exchange: Exchange = response.extensions["exchange"]
    return exchange


async def finish(response: httpx.Response) -> httpx.Response:
    """Wait until the app is done with a request: exit code and background tasks included."""
    await response.aread()
    await exchange_of(response).wait_until_ended()
    return response


class Response(httpx.Response):
    """A response that is no redirect to `httpx`: a target it cannot read is not its concern."""

    has_redirect_location = False

    @property
    def charset_encoding(self) -> str | None:
        """Give the charset of the body's text if it is a usual one; `httpx` parses for long."""
        return read_charset(self.headers.get("content-type", ""))


class Body(httpx.AsyncByteStream):
    """The body of a response as the application sends it.

    `Exchange.broken` says that it broke off before its `length` in bytes (`None`: before its last
    event). Whoever closes it before its end leaves, and the application is told.
    """

    def __init__(self, host: Host, exchange: Exchange, length: int | None) -> None:
        self._exchange = exchange
        self._host = host
        self._length = length
        self._size = 0
        self._more = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self._more:
            sent = await self._exchange.next_sent()
            if sent is None:  # a server closes the connection here
                self._more = False
                self._exchange.broken = self._size != self._length
                return
            chunk, self._more = _read_body_event(self._host, sent)
            if self._length == 0:
                continue
            self._size += len(chunk)
            if self._size > LARGEST_BODY:
                limit = f"{LARGEST_BODY >> 20} MiB that the grader reads"
                message = f"The response is longer than the {limit}."
                raise self._host.error("protocol", message)
            yield chunk

    async def aclose(self) -> None:
        """Leave, unless the response has ended."""
        if self._more:
            self._more = False
            self._exchange.push(DISCONNECT)


def _measure(method: str, status: int, headers: list[tuple[bytes, bytes]]) -> int | None:
    """Give the length of a response's body as a client reads it from the head."""
    if method == "HEAD" or status in _NO_BODY:
        return 0
    lengths = [value for name, value in headers if name.lower() == b"content-length"]
    is_told = lengths and lengths[0].isdigit() and len(lengths[0]) <= _MOST_DIGITS
    return int(lengths[0]) if is_told else None


def make_scope(request: httpx.Request, client: Peer | None) -> Scope:
    """Make the ASGI scope of a request, as uvicorn does."""
    path, _, query = request.url.raw_path.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": client,
        "server": SERVER,
    }


def describe_peer(client: Peer | None) -> str:
    """Say from where a request comes, unless it is from the usual client."""
    if client == DEFAULT_CLIENT:
        return ""
    return f"from {client[0]}" if client else "from no address"


def describe_request(request: httpx.Request, client: Peer | None = DEFAULT_CLIENT) -> str:
    """Write the request as a `curl` command that can be pasted; a comment names its peer."""
    parts = ["curl", "-i"]
    if request.method != "GET":
        parts += ["-X", request.method] if request.method != "HEAD" else ["--head"]
    for name, value in request.headers.multi_items():
        if name not in _UNTOLD_HEADERS:
            parts += ["-H", f"{name}: {value}"]
    try:
        content = request.content
    except httpx.RequestNotRead:
        content = b""
    if content:
        text = content.decode("utf-8", "backslashreplace")
        parts += ["-d", text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"]
    command, peer = shlex.join([*parts, str(request.url)]), describe_peer(client)
    return f"{command} # {peer}" if peer else command


async def _read_start(host: Host, exchange: Exchange) -> tuple[int, list[tuple[bytes, bytes]]]:
    sent = await exchange.next_sent()
    if sent is None:
        message = "The app returns a value, so the server closes the connection without a response."
        if exchange.raised is not None:
            message = f"The server cannot send the app's response: {exchange.raised}"
        raise host.error("protocol", message, exchange.locations)
    event = sent.event
    status, pairs = event.get("status"), read_pairs(event.get("headers", []))
    if event.get("type") != "http.response.start" or not isinstance(status, int):
        raise _broken(host, exchange, event)
    if pairs is None or not 100 <= status <= 599:
        raise _broken(host, exchange, event)
    return status, pairs


def read_pairs(headers: object) -> list[tuple[bytes, bytes]] | None:
    """Read headers out of a host's frame; `None` if they are none."""
    if not isinstance(headers, list):
        return None
    pairs = []
    for pair in headers:
        match pair:
            case [bytes() as name, bytes() as value]:
                pairs.append((name, value))
            case _:
                return None
    return pairs


def _keep_limits(host: Host, exchange: Exchange, headers: list[tuple[bytes, bytes]]) -> None:
    """Raise `SubmissionError` if the headers are more than the grader's parsers may see."""
    excess = find_excess(headers)
    if excess is not None:
        raise host.error("limit", f"The response {excess}.", exchange.endpoint)


def _read_body_event(host: Host, sent: Sent) -> tuple[bytes, bool]:
    body, more = sent.event.get("body", b""), sent.event.get("more_body", False)
    if sent.event.get("type") != "http.response.body" or not isinstance(body, bytes):
        raise host.error("protocol", "The app sends an event that does not belong to a response.")
    return body, bool(more)


def _broken(host: Host, exchange: Exchange, event: dict[str, Any]) -> SubmissionError:
    kind = event.get("type")
    message = f"The app sends the ASGI event '{kind}' where a response should start."
    if kind == "http.response.start":
        message = "The app starts a response with a status or headers that a server cannot send."
    elif not isinstance(kind, str):
        message = "The app sends an ASGI event without a type where a response should start."
    return host.error("protocol", message, exchange.locations)


class Cookies(httpx.Cookies):
    """Cookies that look only into responses that set some: looking costs as much as asking."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Keep the cookies that a response sets."""
        if "set-cookie" in response.headers:
            super().extract_cookies(response)


class Client(httpx.AsyncClient):
    """An `httpx` client that leaves out what costs and nobody sees."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._cookies = Cookies(self._cookies)

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        """Build a request; `httpx` takes half as long to join a whole URL with its base."""
        if isinstance(url, str) and url.startswith("/") and not url.startswith("//"):
            url = BASE_URL + url
        return super().build_request(method, url, **options)


def open_client(host: Host, **options: Any) -> httpx.AsyncClient:
    """Make an `httpx` client of a host; `client=None` leaves out the peer's address."""
    client = options.pop("client", DEFAULT_CLIENT)
    return Client(
        transport=HostTransport(host, client),
        base_url=BASE_URL,
        headers={"accept-encoding": "identity", "user-agent": "curl/8.0"},
        timeout=None,
        trust_env=False,
        event_hooks={"response": [_await_reason]},
        **options,
    )


async def _await_reason(response: httpx.Response) -> None:
    """Read the exception behind a 500: the application raises it after it has answered."""
    if response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
        await response.aread()
        with contextlib.suppress(SubmissionError):
            await response.extensions["exchange"].wait_until_ended()
