"""The raw driver gives a test every event of a call, and the peer's part in it."""

import asyncio

import httpx
import pytest

from dojo.grader import expect_events, logged, response_ended
from dojo.harness.evidence import Cancelled, Sent
from dojo.harness.failures import SubmissionError
from dojo.harness.hosts import Exchange, Host
from dojo.harness.http_client import BASE_URL, make_scope, start_request

from ..conftest import OpenSubmission, fetch

APP = """
    import asyncio, logging
    from collections.abc import AsyncIterator
    from fastapi import FastAPI, Request
    from fastapi.responses import StreamingResponse

    app = FastAPI()
    logger = logging.getLogger("kata.stream")

    async def count() -> AsyncIterator[str]:
        for number in range(3):
            logger.info("made")
            yield str(number)

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(count())

    @app.post("/body")
    async def read_body(request: Request) -> list[str]:
        return [chunk.decode() async for chunk in request.stream()]

    @app.get("/wait")
    async def wait(request: Request) -> None:
        try:
            while not await request.is_disconnected():
                await asyncio.sleep(0)
            logger.info("left")
        except asyncio.CancelledError:
            logger.info("cancelled")
            raise

    @app.get("/forever")
    async def wait_forever() -> None:
        logger.info("waiting")
        try:
            await asyncio.Event().wait()
        finally:
            logger.info("cancelled")
"""


@pytest.fixture
async def host(open_submission: OpenSubmission) -> Host:
    """Give an app that streams and waits."""
    return await open_submission(APP).open()


def start(host: Host, path: str, *, stepped: bool = False) -> Exchange:
    """Send a request without a body."""
    return start_request(host, httpx.Request("GET", BASE_URL + path), stepped=stepped)


async def test_slow_peer_slows_the_app(host: Host) -> None:
    """As long as the peer takes nothing, the app makes no more than it has sent."""
    exchange = start(host, "/stream", stepped=True)
    await exchange.next_sent()
    await fetch(host, "/body", method="POST")
    expect_events(host).never(logged("kata.stream", "made"))
    exchange.accept()
    await exchange.next_sent()
    await fetch(host, "/body", method="POST")

    expect_events(host).count(logged("kata.stream", "made"), 1)


async def test_dead_peer_ends_a_stream(host: Host) -> None:
    """A send to a peer that has gone returns, and the app hears of the disconnect instead."""
    exchange = start(host, "/stream", stepped=True)
    await exchange.next_sent()
    exchange.accept()
    await exchange.next_sent()
    exchange.refuse()
    await exchange.wait_until_ended()

    assert exchange.raised is None
    expect_events(host).never(response_ended(exchange))


async def test_body_is_passed_event_by_event(host: Host) -> None:
    """The app gets each part of a body when the peer sends it, and waits in between."""
    request = httpx.Request("POST", f"{BASE_URL}/body")
    exchange = host.call(make_scope(request, None))
    for part in (b"one", b"two"):
        await exchange.wait_until_receiving()
        exchange.push({"type": "http.request", "body": part, "more_body": True})
    exchange.push({"type": "http.request", "body": b"", "more_body": False})
    await exchange.wait_until_ended()

    bodies = [sent.event["body"] for sent in host.evidence.of(Sent) if "body" in sent.event]
    assert bodies[0] == b'["one","two",""]'


async def test_leaving_peer_is_noticed(host: Host) -> None:
    """A peer that leaves is what `receive` gives."""
    exchange = start(host, "/wait")
    exchange.push({"type": "http.disconnect"})
    await exchange.wait_until_ended()

    expect_events(host).count(logged("kata.stream", "left"), 1)


async def test_call_can_be_cancelled(host: Host) -> None:
    """A call is cancelled as by a server that stops; that is neither a crash nor an exception."""
    exchange = start(host, "/forever")
    while not host.evidence.logs("kata.stream", "waiting"):
        await asyncio.sleep(0.001)
    exchange.cancel()
    await exchange.wait_until_ended()

    expect_events(host).count(logged("kata.stream", "cancelled"), 1)
    assert len(host.evidence.of(Cancelled)) == 1
    assert exchange.raised is None
    assert (await fetch(host, "/body", method="POST")).status_code == 200


async def test_calls_run_side_by_side(host: Host) -> None:
    """Any number of calls can be open at once; each has its own events."""
    exchanges = [start(host, "/stream", stepped=True) for _ in range(3)]
    for exchange in exchanges:
        await exchange.next_sent()
    for exchange in reversed(exchanges):
        for _ in range(5):
            exchange.accept()
            await exchange.next_sent()
        exchange.accept()
        await exchange.wait_until_ended()

    ends = [response_ended(exchange) for exchange in reversed(exchanges)]
    expect_events(host).order(*ends)


async def test_where_tells_about_calls_that_wait(host: Host) -> None:
    """The grader can ask at any time where the submission stands."""
    start(host, "/forever")
    while not host.evidence.logs("kata.stream", "waiting"):
        await asyncio.sleep(0.001)
    locations = await host.where()

    assert [location.code for location in locations] == ["await asyncio.Event().wait()"]


async def test_ended_host_stands_nowhere(host: Host) -> None:
    """A copy that has ended is not asked where it stands."""
    host.kill()
    with pytest.raises(SubmissionError):
        await fetch(host, "/stream")

    assert await host.where() == ()
