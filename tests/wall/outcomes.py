"""Outcomes: what came of a case, in the same words on both sides of the comparison."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import httpx

from dojo.harness.failures import SubmissionError
from dojo.harness.http_client import exchange_of

from .cases import Request

SERVERS_OWN = frozenset((b"date", b"server", b"connection", b"transfer-encoding"))
"""Headers that a server adds for the line alone."""

BAD_REQUEST = 400
"""The status of a request that a server keeps from the app."""

SERVER_ERROR = 500
"""The status whose length uvicorn's protocols tell in different ways."""

Notes = Callable[[], list[str]]


@dataclass
class Outcome:
    """What the client got, how that ended, and what the app noted."""

    status: int | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    messages: list[str | bytes] = field(default_factory=list)
    end: str = ""
    notes: list[str] = field(default_factory=list)

    def keep_headers(self, headers: Sequence[tuple[bytes, bytes]]) -> None:
        """Keep the headers that are the application's; those of one name stay in their order."""
        own = SERVERS_OWN | ({b"content-length"} if self.status == SERVER_ERROR else set())
        pairs = [(name.lower(), value) for name, value in headers if name.lower() not in own]
        self.headers = sorted(pairs, key=lambda pair: pair[0])


async def wait_for(notes: Notes, note: str) -> None:
    """Wait until the app has noted something."""
    async with asyncio.timeout(10):
        while note not in notes():
            await asyncio.sleep(0.001)


async def ask(client: httpx.AsyncClient, request: Request, notes: Notes) -> Outcome:
    """Send a request and read the response, or leave in the middle."""
    outcome = Outcome()
    asking = asyncio.create_task(_ask(client, request, outcome))
    if request.leave:
        await wait_for(notes, request.leave)
        while outcome.body != request.part:
            await asyncio.sleep(0.001)
        asking.cancel()
    try:
        await asking
    except asyncio.CancelledError:
        outcome.end = "the client leaves"
    except (httpx.RemoteProtocolError, SubmissionError):
        outcome.end = "broken off"
    if outcome.status != BAD_REQUEST:
        await wait_for(notes, "app ends")
    outcome.notes = notes()
    return outcome


async def _ask(client: httpx.AsyncClient, request: Request, outcome: Outcome) -> None:
    content = request.body if isinstance(request.body, bytes) else _stream(request.body)
    url = client.base_url.copy_with(raw_path=httpx.URL(f"http://any{request.target}").raw_path)
    wanted = client.build_request(
        request.method, url, headers=list(request.headers), content=content or None
    )
    response = await client.send(wanted, stream=True)
    try:
        outcome.status = response.status_code
        outcome.keep_headers(response.headers.raw)
        if response.is_stream_consumed:  # the grader's client has read the server's own 500
            outcome.body = response.content
        else:
            async for chunk in response.aiter_raw():
                outcome.body += chunk
    finally:
        await response.aclose()
    is_broken = "exchange" in response.extensions and exchange_of(response).broken
    outcome.end = "broken off" if is_broken else "complete"


async def _stream(pieces: Sequence[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
