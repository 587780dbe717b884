"""Over a server connection real uvicorn makes the calls, and the harness sees them all the same."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from dojo.harness.evidence import Raised, Returned, Sent
from dojo.harness.failures import DriverNeeded, SubmissionError
from dojo.harness.hosts import Host
from dojo.harness.http_client import BASE_URL, exchange_of, finish, open_client, start_request
from dojo.harness.server_connection import open_server
from dojo.harness.websocket_client import CONNECTION_LOST, WebSocket, open_websocket

from ..conftest import OpenSubmission, Submission, fetch

APP = """
    import asyncio, logging, os
    from contextlib import asynccontextmanager
    from fastapi import FastAPI, Request, WebSocket
    from fastapi.responses import StreamingResponse

    logger = logging.getLogger("kata.server")

    @asynccontextmanager
    async def lifespan(app):
        if "FAILS" in os.environ:
            raise RuntimeError("no database")
        logger.info("started")
        yield
        logger.info("stopped")

    app = FastAPI(lifespan=lifespan)
    event = asyncio.Event()

    @app.get("/headers")
    async def read_headers(request: Request) -> list[str]:
        logger.info("read")
        return sorted(request.headers)

    @app.get("/error")
    async def fail() -> None:
        raise KeyError("price")

    @app.get("/stuck")
    async def get_stuck() -> None:
        await event.wait()  # for ever

    @app.get("/exit")
    async def leave() -> None:
        os._exit(3)

    @app.get("/endless")
    async def stream() -> StreamingResponse:
        async def count():
            try:
                yield "begun;"
                await event.wait()
            finally:
                logger.info("closed")
        return StreamingResponse(count())

    @app.websocket("/echo")
    async def echo(websocket: WebSocket, name: str) -> None:
        if name == "nobody":
            return await websocket.close()
        await websocket.accept(headers=[(b"x-name", name.encode())])
        try:
            while (text := await websocket.receive_text()) != "enough":
                await websocket.send_text(f"{name}: {text}")
            await websocket.close(4000, "goodbye")
        finally:
            logger.info("gone")
"""


@pytest.fixture
def submission(open_submission: OpenSubmission) -> Submission:
    """Give the app."""
    return open_submission(APP)


@pytest.fixture
async def host(submission: Submission) -> Host:
    """Give a host in which uvicorn serves the app."""
    host = await open_host(submission)
    await host.start()
    return host


async def open_host(submission: Submission, **environment: str) -> Host:
    """Open a host that has not been started."""
    host = await open_server(submission.snapshot, environment=environment)
    submission.hosts.append(host)
    return host


async def enter(host: Host, name: str = "asha") -> WebSocket:
    """Open a session of the echo."""
    peer = open_websocket(host, f"/echo?name={name}")
    assert await peer.connect()
    return peer


async def test_uvicorn_answers(host: Host) -> None:
    """The response is the server's, and nothing of the harness reaches the app."""
    response = await fetch(host, "/headers")

    assert response.headers["server"] == "uvicorn"
    assert response.json() == ["accept", "accept-encoding", "connection", "host", "user-agent"]


async def test_evidence_knows_its_call(host: Host) -> None:
    """What the app logs and sends, and how it ends, is told with the number of its request."""
    async with open_client(host) as client:
        calls = [exchange_of(await finish(await client.get("/headers"))) for _ in range(2)]

    numbers = [call.number for call in calls]
    assert [log.call for log in host.evidence.logs("kata.server", "read")] == numbers
    assert [each.call for each in host.evidence.of(Returned)] == numbers
    assert [each.call for each in host.evidence.of(Sent)][1:] == sorted([*numbers, *numbers])
    assert [call.endpoint[0].function for call in calls] == ["read_headers"] * 2


async def test_exception_is_told(host: Host) -> None:
    """An exception of the app is a 500 to the client, and has its place in the evidence."""
    response = await fetch(host, "/error")

    assert response.status_code == 500
    assert exchange_of(response).locations[0].code == 'raise KeyError("price")'
    assert [each.error.type for each in host.evidence.of(Raised)] == ["KeyError"]


async def test_client_that_leaves_ends_stream(host: Host) -> None:
    """A client that closes the connection in the middle of a body is noticed by the app."""
    async with open_client(host) as client, client.stream("GET", "/endless") as response:
        await anext(response.aiter_bytes())

    await exchange_of(response).wait_until_ended()
    assert host.evidence.logs("kata.server", "closed")


async def test_messages_go_both_ways(host: Host) -> None:
    """A session's messages arrive in order, and its end is the app's own."""
    peer = await enter(host)
    peer.send_text("one", "two", "enough")

    assert [await peer.receive_text() for _ in range(3)] == ["asha: one", "asha: two", None]
    assert (peer.close_code, peer.close_reason) == (4000, "goodbye")


@pytest.mark.parametrize("code", [1001, CONNECTION_LOST])
async def test_peer_that_leaves_is_noticed(host: Host, code: int) -> None:
    """A peer that closes its session, or loses it, ends the app's call."""
    peer = await enter(host)
    await peer.exchange.wait_until_receiving()
    peer.leave(code)

    await peer.exchange.wait_until_ended()
    assert host.evidence.logs("kata.server", "gone")


async def test_refusal_is_response(host: Host) -> None:
    """A session that the app does not accept is refused with a status."""
    peer = open_websocket(host, "/echo?name=nobody")

    assert not await peer.connect()
    assert peer.status == 403


async def test_acceptance_has_headers(host: Host) -> None:
    """The headers of an acceptance arrive, with those of the server."""
    peer = await enter(host, "bo")
    headers = dict(peer.headers)

    assert headers[b"x-name"] == b"bo"
    assert headers[b"upgrade"] == b"websocket"


async def test_lifespan_is_run_by_uvicorn(host: Host) -> None:
    """Uvicorn starts the app up, and shuts it down when it is stopped."""
    await fetch(host, "/headers")
    await host.stop()

    messages = [log.message for log in host.evidence.logs("kata.server")]
    assert messages == ["started", "read", "stopped"]


async def test_failing_startup_says_why(submission: Submission) -> None:
    """An app that does not start up under uvicorn is an error that names the reason."""
    host = await open_host(submission, FAILS="1")

    with pytest.raises(SubmissionError, match="startup fails with RuntimeError: no database"):
        await host.start()


async def test_missing_server_says_so(open_submission: OpenSubmission) -> None:
    """Where uvicorn cannot be imported, that is the error."""
    without = "import sys; sys.modules['uvicorn'] = None; app = lambda scope, receive, send: None"
    host = await open_host(open_submission(without))

    with pytest.raises(SubmissionError, match=r"^Uvicorn cannot serve the app: ModuleNotFound"):
        await host.start()


@pytest.mark.usefixtures("little_patience")
async def test_silent_app_is_told_with_its_line(host: Host) -> None:
    """An app that does not answer is told with the line where it stands."""
    with pytest.raises(SubmissionError) as raised:
        await fetch(host, "/stuck")

    assert raised.value.kind == "hang"
    assert raised.value.where[0].code == "await event.wait()  # for ever"


async def test_app_that_exits_is_told(host: Host) -> None:
    """An app that ends its process is told as that, and not as a broken connection."""
    with pytest.raises(SubmissionError, match="exit status 3") as raised:
        await fetch(host, "/exit")

    assert raised.value.kind == "crash"


async def ask_stepped(host: Host) -> None:
    """Read a response step by step."""
    start_request(host, httpx.Request("GET", f"{BASE_URL}/headers"), stepped=True)


async def ask_from_nowhere(host: Host) -> None:
    """Send a request that has no address of a client."""
    async with open_client(host, client=None) as client:
        await client.get("/headers")


async def cancel(host: Host) -> None:
    """Cancel a call."""
    (await enter(host)).exchange.cancel()


async def stall(host: Host) -> None:
    """Read nothing more."""
    (await enter(host)).stall()


async def die(host: Host) -> None:
    """Break the connection under a send."""
    (await enter(host)).die()


@pytest.mark.parametrize("act", [ask_stepped, ask_from_nowhere, cancel, stall, die])
async def test_real_client_refuses_driving(
    host: Host, act: Callable[[Host], Awaitable[None]]
) -> None:
    """What only the driver of calls can do is refused, and named."""
    with pytest.raises(DriverNeeded, match=r"^a (client|server) "):
        await act(host)


async def test_rest_comes_after_arrivals(host: Host) -> None:
    """Requests that are on their way have reached the app before its loop is said to rest."""
    for _ in range(20):
        start_request(host, httpx.Request("GET", f"{BASE_URL}/headers"))

    await host.settle()

    assert len(host.evidence.logs("kata.server", "read")) == 20
