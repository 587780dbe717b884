"""The upstream answers as scripted, keeps what it received, and outlives hostile clients."""

import asyncio
import contextlib
import http.client
import socket
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from typing import TypeVar

import h11
import httpx
import pytest

from dojo.harness.barriers import Barrier, SelfOpeningBarrier
from dojo.harness.failures import Failure
from dojo.harness.listeners import open_listener
from dojo.harness.upstream import MOST_CONNECTIONS, Script, Upstream
from dojo.harness.upstream_protocol import Received, Reply

Result = TypeVar("Result")

MIB = 1024 * 1024
GET = b"GET /quotes/7 HTTP/1.1\r\nHost: partner\r\n\r\n"
POST = b"POST /quotes HTTP/1.1\r\nHost: partner\r\n"
QUOTE = Reply.json({"id": "7"})


async def within(awaitable: Awaitable[Result]) -> Result:
    """Wait for something that comes at once unless the test fails."""
    return await asyncio.wait_for(awaitable, 20)


class Wire:
    """A bare TCP connection to the upstream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, *parts: bytes) -> None:
        """Send bytes, waiting as long as the other side does not read."""
        for part in parts:
            self._writer.write(part)
            await within(self._writer.drain())

    async def read_head(self) -> str:
        """Read a status line and headers."""
        return (await within(self._reader.readuntil(b"\r\n\r\n"))).decode()

    async def read(self, size: int) -> bytes:
        """Read exactly this many bytes."""
        return await within(self._reader.readexactly(size))

    async def read_rest(self) -> bytes:
        """Read until the other side closes."""
        return await within(self._reader.read())

    def half_close(self) -> None:
        """Say that nothing more will be sent."""
        self._writer.write_eof()

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()


Dial = Callable[[], Awaitable[Wire]]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Give a listening socket."""
    with open_listener() as listener:
        yield listener


@pytest.fixture
async def upstream(listener: socket.socket) -> AsyncIterator[Upstream]:
    """Give a server that nothing is scripted on."""
    async with Upstream(listener) as upstream:
        yield upstream


@pytest.fixture
async def client(upstream: Upstream) -> AsyncIterator[httpx.AsyncClient]:
    """Give an ordinary client."""
    async with httpx.AsyncClient(
        base_url=upstream.url, trust_env=False, verify=False, timeout=20
    ) as client:
        yield client


@pytest.fixture
async def dial(listener: socket.socket) -> AsyncIterator[Dial]:
    """Give a way to open bare connections, which are closed in the end."""
    wires: list[Wire] = []

    async def open_wire() -> Wire:
        wires.append(Wire(*await within(asyncio.open_connection(*listener.getsockname()))))
        return wires[-1]

    yield open_wire
    for wire in wires:
        wire.close()


def fetch(address: tuple[str, int], path: str) -> tuple[int, bytes]:
    """Fetch with a client that blocks its thread."""
    connection = http.client.HTTPConnection(*address, timeout=20)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


async def test_scripted_reply_is_given(upstream: Upstream, client: httpx.AsyncClient) -> None:
    """A request that matches method and path gets status, headers and body as scripted."""
    reply = Reply.json({"id": "7"}, 201, {"Location": "/quotes/7"})
    upstream.on("POST", "/quotes", reply)
    response = await client.post("/quotes", json={"weight": 3})

    assert (response.status_code, response.reason_phrase) == (201, "Created")
    assert response.headers["location"] == "/quotes/7"
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {"id": "7"}


async def test_content_type_is_replaced(upstream: Upstream, client: httpx.AsyncClient) -> None:
    """A content type that is given takes the place of the usual one."""
    upstream.on("GET", "/page", Reply.text("<p>", headers={"Content-Type": "text/html"}))
    response = await client.get("/page")

    assert response.headers.get_list("content-type") == ["text/html"]


async def test_request_is_recorded_whole(upstream: Upstream, client: httpx.AsyncClient) -> None:
    """A record holds everything that was sent."""
    upstream.on("POST", "/quotes/{quote_id}", QUOTE)
    await client.post(
        "/quotes/a%2Fb%20c?x=1&x=&y=%26",
        json={"weight": 3},
        headers=httpx.Headers({"X-User": "ä"}, "latin-1"),
    )
    (request,) = upstream.requests

    assert (request.method, request.target) == ("POST", "/quotes/a%2Fb%20c?x=1&x=&y=%26")
    assert (request.path, request.raw_path) == ("/quotes/a/b c", "/quotes/a%2Fb%20c")
    assert request.query == (("x", "1"), ("x", ""), ("y", "&"))
    assert request.path_parameters == {"quote_id": "a/b c"}
    assert ("x-user", "ä") in request.headers
    assert (request.json(), request.body) == ({"weight": 3}, b'{"weight":3}')
    assert (request.connection, request.refused) == (1, "")


async def test_target_is_kept_raw(upstream: Upstream, dial: Dial) -> None:
    """A path that climbs is recorded as it was sent and matches no other path."""
    upstream.on("GET", "/users/{user_id}", Reply.text("user"))
    upstream.on("GET", "/admin", Reply.text("admin"))
    wire = await dial()
    await wire.send(b"GET /users/../admin HTTP/1.1\r\nHost: p\r\nConnection: close\r\n\r\n")
    answer = await wire.read_rest()

    assert answer.startswith(b"HTTP/1.1 404 ")
    assert upstream.requests[0].target == "/users/../admin"


async def test_headers_are_found_by_name(upstream: Upstream, dial: Dial) -> None:
    """A header is found in any case; several are joined, and one not sent is `None`."""
    wire = await dial()
    await wire.send(b"GET / HTTP/1.1\r\nHost: p\r\nX-Tag: a\r\nx-tag: b\r\n\r\n")
    await wire.read_head()
    (request,) = upstream.requests

    assert request.header("X-TAG") == "a, b"
    assert request.header("authorization") is None


async def test_unscripted_path_answers_404(upstream: Upstream, client: httpx.AsyncClient) -> None:
    """A request that nothing is scripted for is answered with 404, and recorded."""
    upstream.on("GET", "/quotes/{quote_id}.json", QUOTE)
    paths = ("/quotes/.json", "/quotes/7/8.json", "/quotes/7_json")
    responses = [await client.get(path) for path in paths]
    responses.append(await client.delete("/quotes/7"))

    assert [response.status_code for response in responses] == [404] * 4
    assert responses[3].json() == {"detail": "Nothing is scripted for 'DELETE /quotes/7'."}
    assert [request.method for request in upstream.requests] == ["GET", "GET", "GET", "DELETE"]


async def test_later_script_wins(upstream: Upstream, client: httpx.AsyncClient) -> None:
    """A reply can be replaced at any time."""
    upstream.on("GET", "/quotes/{quote_id}", Reply.text("old"))
    old = await client.get("/quotes/7")
    upstream.on("GET", "/quotes/7", Reply.text("new"))
    new = await client.get("/quotes/7")

    assert (old.text, new.text) == ("old", "new")


async def test_script_reads_the_request(upstream: Upstream, client: httpx.AsyncClient) -> None:
    """A function gives the reply for the request that it is called with."""
    upstream.on("GET", "/quotes/{id}", lambda request: Reply.json(request.path_parameters["id"]))
    responses = await asyncio.gather(client.get("/quotes/7"), client.get("/quotes/8"))

    assert [response.json() for response in responses] == ["7", "8"]


async def test_script_may_be_coroutine(upstream: Upstream, client: httpx.AsyncClient) -> None:
    """A coroutine function may wait before it gives the reply."""
    barrier = Barrier()

    async def answer(request: Received) -> Reply:
        await barrier.enter()
        return Reply.text(request.path)

    upstream.on("GET", "/slow", answer)
    call = asyncio.create_task(client.get("/slow"))
    await within(barrier.arrivals(1))
    barrier.open()

    assert (await call).text == "/slow"


async def get_once(listener: socket.socket, dial: Dial, script: Script) -> bytes:
    """Return all that a client receives from a server with this script."""
    async with Upstream(listener) as upstream:
        upstream.on("GET", "/quotes/{id}", script)
        wire = await dial()
        await wire.send(GET)
        return await wire.read_rest()


async def test_script_error_surfaces_on_leaving(listener: socket.socket, dial: Dial) -> None:
    """An error of the script drops the caller and is raised when the server is left."""

    def fail(request: Received) -> Reply:
        raise LookupError(request.path)

    with pytest.raises(LookupError, match="/quotes/7"):
        await get_once(listener, dial, fail)


async def test_impossible_reply_surfaces(listener: socket.socket, dial: Dial) -> None:
    """A reply that HTTP does not allow is an error of the script."""
    with pytest.raises(h11.LocalProtocolError):
        await get_once(listener, dial, Reply.text("", headers={"x": "a\nb"}))


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
async def test_body_without_json_fails(upstream: Upstream, dial: Dial, body: bytes) -> None:
    """Asking for the JSON of a body that is none is a `Failure` that names the request."""
    wire = await dial()
    await wire.send(POST, b"Content-Length: %d\r\n\r\n" % len(body), body)
    await wire.read_head()

    with pytest.raises(Failure, match="POST /quotes"):
        upstream.requests[0].json()


async def test_script_that_cannot_read_answers_400(
    upstream: Upstream, client: httpx.AsyncClient
) -> None:
    """A body that the script cannot read is the client's fault, not the script's."""
    upstream.on("POST", "/charges", lambda request: Reply.json(request.json()["amount"]))
    response = await client.post("/charges", content=b"amount=3")

    assert response.status_code == 400


async def test_connection_is_kept_alive(upstream: Upstream, client: httpx.AsyncClient) -> None:
    """Requests one after the other use one connection, which is counted once."""
    upstream.on("GET", "/quotes/{id}", QUOTE)
    for _ in range(10):
        await client.get("/quotes/7")

    assert (upstream.connections, upstream.open_connections) == (1, 1)
    assert {request.connection for request in upstream.requests} == {1}


async def test_connections_are_counted(listener: socket.socket, upstream: Upstream) -> None:
    """Every connection counts, also one that is closed again."""
    upstream.on("GET", "/quotes/{id}", QUOTE)
    address = listener.getsockname()
    answers = [await asyncio.to_thread(fetch, address, "/quotes/7") for _ in range(3)]
    await within(upstream.all_closed())

    assert answers == [(200, b'{"id": "7"}')] * 3
    assert (upstream.connections, upstream.open_connections) == (3, 0)
    assert [request.connection for request in upstream.requests] == [1, 2, 3]


async def test_closed_client_is_noticed(upstream: Upstream) -> None:
    """Whoever closes its client leaves no connection behind."""
    async with httpx.AsyncClient(base_url=upstream.url, trust_env=False, verify=False) as client:
        await client.get("/")
        before = upstream.open_connections
    await within(upstream.all_closed())

    assert (before, upstream.open_connections) == (1, 0)


async def test_closing_client_is_obeyed(upstream: Upstream, dial: Dial) -> None:
    """The server closes after the answer where the client wants it or speaks HTTP/1.0."""
    upstream.on("GET", "/quotes/{id}", QUOTE)
    answers = []
    for head in (b"1.1\r\nHost: p\r\nConnection: close", b"1.0"):
        wire = await dial()
        await wire.send(b"GET /quotes/7 HTTP/" + head + b"\r\n\r\n")
        answers.append(await wire.read_rest())

    assert all(answer.endswith(b'\r\n\r\n{"id": "7"}') for answer in answers)


async def test_head_has_no_body(upstream: Upstream, dial: Dial) -> None:
    """HEAD is answered like GET without the body, and the connection goes on."""
    upstream.on("GET", "/quotes/{id}", QUOTE)
    upstream.on("GET", "/feed", Reply.endless())
    wire = await dial()
    await wire.send(b"HEAD /feed HTTP/1.1\r\nHost: p\r\n\r\n", GET.replace(b"GET", b"HEAD"), GET)
    heads = [await wire.read_head() for _ in range(3)]

    assert all(head.startswith("HTTP/1.1 200 OK") for head in heads)
    assert "content-length: 11\r\n" in heads[1]
    assert await wire.read(11) == b'{"id": "7"}'


async def test_body_is_asked_for(upstream: Upstream, dial: Dial) -> None:
    """A client that waits for permission to send its body gets it."""
    upstream.on("POST", "/quotes", QUOTE)
    wire = await dial()
    await wire.send(POST, b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\n")
    permission = await wire.read_head()
    await wire.send(b"body")

    assert permission.startswith("HTTP/1.1 100 ")
    assert (await wire.read_head()).startswith("HTTP/1.1 200 ")
    assert upstream.requests[0].body == b"body"


async def test_chunked_body_is_put_together(upstream: Upstream, client: httpx.AsyncClient) -> None:
    """A body sent in chunks is recorded without them."""

    async def chunks() -> AsyncGenerator[bytes, None]:
        yield b"one,"
        yield b"two"

    await client.post("/quotes", content=chunks())

    assert upstream.requests[0].body == b"one,two"


async def test_bodies_stay_apart(upstream: Upstream, client: httpx.AsyncClient) -> None:
    """Each request on a connection has its own body."""
    for body in (b"one", b"two", b""):
        await client.post("/quotes", content=body)

    assert [request.body for request in upstream.requests] == [b"one", b"two", b""]
    assert upstream.connections == 1


async def test_pipelined_requests_keep_order(upstream: Upstream, dial: Dial) -> None:
    """Requests sent without waiting are answered one after the other, in order."""
    barrier = Barrier()
    upstream.on("GET", "/quotes/{id}", Reply.text("first"), barrier=barrier)
    upstream.on("POST", "/quotes", Reply.text("second"))
    wire = await dial()
    await wire.send(GET + POST + b"Content-Length: 2\r\nConnection: close\r\n\r\nok")
    await within(barrier.arrivals(1))
    early = len(upstream.requests)
    barrier.open()
    answers = await wire.read_rest()

    assert early == 1
    assert 0 < answers.index(b"first") < answers.index(b"second")


async def test_gate_holds_blocking_callers(listener: socket.socket, upstream: Upstream) -> None:
    """Callers in threads of their own are held until the barrier opens."""
    barrier = Barrier()
    upstream.on("GET", "/quotes/{id}", lambda request: Reply.text(request.path), barrier=barrier)
    calls = [
        asyncio.create_task(asyncio.to_thread(fetch, listener.getsockname(), f"/quotes/{number}"))
        for number in range(3)
    ]
    await within(barrier.arrivals(3))
    early = [call.done() for call in calls]
    barrier.open()
    answers = await within(asyncio.gather(*calls))

    assert early == [False, False, False]
    assert answers == [(200, f"/quotes/{number}".encode()) for number in range(3)]


async def test_rendezvous_needs_no_help(listener: socket.socket, upstream: Upstream) -> None:
    """Callers who meet in the server let each other go on."""
    rendezvous = SelfOpeningBarrier(3)
    upstream.on("GET", "/quotes/{id}", QUOTE, barrier=rendezvous)
    address = listener.getsockname()
    await within(
        asyncio.gather(*(asyncio.to_thread(fetch, address, "/quotes/7") for _ in range(3)))
    )

    assert (rendezvous.met, rendezvous.peak) == (True, 3)


async def test_reply_is_asked_after_the_gate(upstream: Upstream, client: httpx.AsyncClient) -> None:
    """A held caller is recorded, and gets what the script says when it is released."""
    barrier, prices = Barrier(), ["old"]
    upstream.on("GET", "/quotes/{id}", lambda _: Reply.text(prices[0]), barrier=barrier)
    call = asyncio.create_task(client.get("/quotes/7"))
    await within(barrier.arrivals(1))
    recorded = len(upstream.requests)
    prices[0] = "new"
    barrier.release()

    assert recorded == 1
    assert (await call).text == "new"


async def test_gate_forgets_lost_callers(upstream: Upstream, client: httpx.AsyncClient) -> None:
    """A caller that hangs up while it is held leaves the barrier and its connection."""
    barrier = Barrier()
    upstream.on("GET", "/quotes/{id}", QUOTE, barrier=barrier)
    call = asyncio.create_task(client.get("/quotes/7"))
    await within(barrier.arrivals(1))
    call.cancel()
    await within(barrier.emptied())
    await within(upstream.all_closed())

    assert (barrier.waiting, barrier.peak, upstream.open_connections) == (0, 1, 0)


async def test_fleeting_client_is_recorded(upstream: Upstream, dial: Dial) -> None:
    """A request counts although its client hung up right after it."""
    barrier = Barrier()
    upstream.on("GET", "/quotes/{id}", QUOTE, barrier=barrier)
    arrivals = asyncio.create_task(barrier.arrivals(1))
    wire = await dial()
    await wire.send(GET)
    wire.close()
    await within(arrivals)
    await within(upstream.all_closed())

    assert [request.target for request in upstream.requests] == ["/quotes/7"]


async def test_reset_breaks_the_connection(upstream: Upstream, dial: Dial) -> None:
    """A reset is one for the client, and not an end of file."""
    upstream.on("GET", "/quotes/{id}", Reply.reset())
    wire = await dial()
    await wire.send(GET)

    with pytest.raises(ConnectionResetError):
        await wire.read_rest()


async def test_hang_up_ends_without_answer(upstream: Upstream, dial: Dial) -> None:
    """A server that hangs up sends nothing and closes properly."""
    upstream.on("GET", "/quotes/{id}", Reply.hang_up())
    wire = await dial()
    await wire.send(GET)

    assert await wire.read_rest() == b""


async def test_garbage_is_no_http(upstream: Upstream, client: httpx.AsyncClient) -> None:
    """Garbage is an answer that no client takes for HTTP."""
    upstream.on("GET", "/quotes/{id}", Reply.garbage())

    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("/quotes/7")
    with pytest.raises(http.client.BadStatusLine):
        await asyncio.to_thread(
            fetch, ("127.0.0.1", httpx.URL(upstream.url).port or 0), "/quotes/7"
        )


async def test_silence_sends_nothing(listener: socket.socket, dial: Dial) -> None:
    """A silent server takes the request, and sends nothing until it is left."""
    barrier = Barrier()
    async with Upstream(listener) as upstream:
        upstream.on("GET", "/quotes/{id}", Reply.silence(), barrier=barrier)
        silent, other = await dial(), await dial()
        await silent.send(GET)
        await within(barrier.arrivals(1))
        barrier.release()
        await other.send(b"GET /health HTTP/1.1\r\nHost: p\r\n\r\n")
        await other.read_head()
        still_open = upstream.open_connections

    assert still_open == 2
    assert await silent.read_rest() == b""


async def test_endless_body_stops_with_client(upstream: Upstream, dial: Dial) -> None:
    """An endless body goes on as long as somebody reads it."""
    upstream.on("GET", "/quotes/{id}", Reply.endless())
    wire = await dial()
    await wire.send(GET)
    head = await wire.read_head()
    await wire.read(4 * MIB)
    wire.close()
    await within(upstream.all_closed())

    assert head.startswith("HTTP/1.1 200 OK")
    assert "content-length" not in head


async def test_greedy_reader_starves_nobody(
    listener: socket.socket, upstream: Upstream, client: httpx.AsyncClient
) -> None:
    """While somebody reads an endless body at full speed, others are answered."""
    upstream.on("GET", "/feed", Reply.endless())
    upstream.on("GET", "/quotes/{id}", QUOTE)
    enough = threading.Event()

    def read_greedily() -> None:
        with socket.create_connection(listener.getsockname(), timeout=20) as greedy:
            greedy.sendall(b"GET /feed HTTP/1.1\r\nHost: p\r\n\r\n")
            while not enough.is_set():
                greedy.recv(MIB)

    reading = asyncio.create_task(asyncio.to_thread(read_greedily))
    try:
        responses = [await client.get("/quotes/7") for _ in range(20)]
    finally:
        enough.set()
        await reading

    assert {response.status_code for response in responses} == {200}


async def test_stalled_reader_costs_no_memory(
    upstream: Upstream, client: httpx.AsyncClient, dial: Dial
) -> None:
    """A body is made only as fast as its client reads it."""
    poured: list[int] = []

    async def pour() -> AsyncGenerator[bytes, None]:
        while True:
            poured.append(MIB)
            yield bytes(MIB)

    upstream.on("GET", "/quotes/{id}", Reply(body=pour))
    wire = await dial()
    await wire.send(GET)
    await wire.read_head()
    for _ in range(100):
        await client.get("/")

    assert sum(poured) < 50 * MIB


async def test_half_closed_client_is_gone(upstream: Upstream, dial: Dial) -> None:
    """A client that closes its side is gone, even if its answer has not been sent in full."""
    upstream.on("GET", "/quotes/{id}", Reply(body=bytes(32 * MIB)))
    wire = await dial()
    await wire.send(GET)
    await wire.read_head()
    wire.half_close()
    await within(upstream.all_closed())

    assert upstream.open_connections == 0


async def test_chunks_drip_when_released(upstream: Upstream, client: httpx.AsyncClient) -> None:
    """A dripping body starts at once and goes on by one chunk for each release."""
    barrier = Barrier()
    upstream.on("GET", "/feed", Reply.dripping([b"one", b"two"], barrier, {"X-Feed": "7"}))
    seen: list[bytes] = []
    async with client.stream("GET", "/feed") as response:
        chunks = response.aiter_raw()
        for _ in range(2):
            await within(barrier.arrivals(1))
            barrier.release()
            seen.append(await within(anext(chunks)))
        rest = [chunk async for chunk in chunks]

    assert response.headers["x-feed"] == "7"
    assert (seen, rest) == ([b"one", b"two"], [])


async def test_dripping_stops_with_client(upstream: Upstream, client: httpx.AsyncClient) -> None:
    """A client that leaves in the middle of a dripping body is waited for no more."""
    barrier = Barrier()
    upstream.on("GET", "/feed", Reply.dripping([b"one", b"two"], barrier))
    async with client.stream("GET", "/feed"):
        await within(barrier.arrivals(1))
    await within(barrier.emptied())
    await within(upstream.all_closed())

    assert barrier.waiting == 0


async def test_leaving_closes_at_once(listener: socket.socket, dial: Dial) -> None:
    """Leaving drops callers in every state: idle, half sent, held, reading, left in silence."""
    barrier, silence = Barrier(), SelfOpeningBarrier(1)
    async with Upstream(listener) as upstream:
        upstream.on("GET", "/quotes/{id}", QUOTE, barrier=barrier)
        upstream.on("GET", "/feed", Reply.dripping([b"one"], barrier))
        upstream.on("GET", "/silence", Reply.silence(), barrier=silence)
        wires = [await dial() for _ in range(5)]
        await wires[1].send(POST, b"Expect: 100-continue\r\nContent-Length: 10\r\n\r\n")
        await wires[1].read_head()
        await wires[2].send(GET)
        await wires[3].send(b"GET /feed HTTP/1.1\r\nHost: p\r\n\r\n")
        await wires[3].read_head()
        left_in_silence = asyncio.create_task(silence.arrivals(1))
        await wires[4].send(b"GET /silence HTTP/1.1\r\nHost: p\r\n\r\n")
        await within(asyncio.gather(barrier.arrivals(2), left_in_silence))

    answers = await asyncio.gather(*(wire.read_rest() for wire in wires))
    assert answers == [b""] * 5
    assert (barrier.waiting, upstream.open_connections) == (0, 0)


async def test_leaving_waits_for_scripts(listener: socket.socket, dial: Dial) -> None:
    """A script that is under way has cleaned up when the server is left."""
    barrier = Barrier()
    steps: list[str] = []

    async def answer(request: Received) -> Reply:
        try:
            await barrier.enter()
        finally:
            await asyncio.sleep(0)
            steps.append("cleaned up")
        return Reply.text(request.path)

    async with Upstream(listener) as upstream:
        upstream.on("GET", "/quotes/{id}", answer)
        await (await dial()).send(GET)
        await within(barrier.arrivals(1))
    steps.append("left")

    assert steps == ["cleaned up", "left"]


@pytest.mark.parametrize("turns", range(8))
async def test_leaving_is_safe_at_any_moment(listener: socket.socket, turns: int) -> None:
    """A server can be left however far a connection and its request have come in."""
    async with Upstream(listener) as upstream:
        wire = socket.create_connection(listener.getsockname(), timeout=20)
        wire.sendall(GET)
        for _ in range(turns):
            await asyncio.sleep(0)

    assert upstream.open_connections == 0
    with wire, contextlib.suppress(ConnectionResetError):
        assert wire.recv(1) in (b"", b"H")


async def test_listener_serves_the_next(listener: socket.socket, dial: Dial) -> None:
    """A fresh server on the same socket starts with nothing of the one before."""
    async with Upstream(listener) as first:
        first.on("GET", "/quotes/{id}", QUOTE)
        wire = await dial()
        await wire.send(GET)
        await wire.read_head()
    async with Upstream(listener) as second:
        wire = await dial()
        await wire.send(GET)
        head = await wire.read_head()

    assert first.url == second.url
    assert head.startswith("HTTP/1.1 404 ")
    assert (len(first.requests), len(second.requests), second.connections) == (1, 1, 1)


async def test_stale_connections_are_dropped(listener: socket.socket, dial: Dial) -> None:
    """What came in while no server was there is not taken for the next one's."""
    async with Upstream(listener):
        pass
    stale = await dial()
    await stale.send(GET)
    async with Upstream(listener) as upstream:
        wire = await dial()
        await wire.send(GET)
        await wire.read_head()

    assert (len(upstream.requests), upstream.connections) == (1, 1)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01",
        b"hello\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: p\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: p\r\nContent-Length: -1\r\n\r\n",
    ],
)
async def test_malformed_request_answers_400(upstream: Upstream, dial: Dial, sent: bytes) -> None:
    """Bytes that are no request are answered with 400 and recorded with the reason."""
    wire = await dial()
    await wire.send(sent)
    answer = await wire.read_rest()
    (request,) = upstream.requests

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert request.refused
    assert (request.method, request.target, request.connection) == ("", "", 1)


async def test_broken_body_answers_400(upstream: Upstream, dial: Dial) -> None:
    """A body whose chunks are none is refused; the record says whose it was."""
    wire = await dial()
    await wire.send(POST, b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n")
    answer = await wire.read_rest()
    (request,) = upstream.requests

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert (request.method, request.target, request.body) == ("POST", "/quotes", b"")
    assert request.refused


async def test_unfinished_request_is_not_recorded(upstream: Upstream, dial: Dial) -> None:
    """A request that breaks off is not received; one sent byte by byte is."""
    broken, slow = await dial(), await dial()
    await broken.send(POST, b"Content-Length: 10\r\n\r\nhalf")
    broken.close()
    await slow.send(*(bytes([byte]) for byte in GET))
    await slow.read_head()
    slow.close()
    await within(upstream.all_closed())

    assert [request.method for request in upstream.requests] == ["GET"]


@pytest.mark.parametrize("permission", [b"", b"Expect: 100-continue\r\n"])
async def test_large_body_is_refused(upstream: Upstream, dial: Dial, permission: bytes) -> None:
    """A body that is announced as too long is refused before it is read."""
    wire = await dial()
    await wire.send(POST, permission, b"Content-Length: %d\r\n\r\n" % (MIB + 1))
    answer = await wire.read_rest()

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert upstream.requests[0].refused == "The body is longer than 1048576 bytes."


async def test_largest_body_is_taken(upstream: Upstream, client: httpx.AsyncClient) -> None:
    """A body of 1 MiB is read."""
    await client.post("/quotes", content=bytes(MIB))

    assert len(upstream.requests[0].body) == MIB


async def test_endless_upload_is_refused(upstream: Upstream, dial: Dial) -> None:
    """A client that sends on and on is refused, and can read so after it has stopped."""
    wire = await dial()
    await wire.send(POST, b"Transfer-Encoding: chunked\r\n\r\n")
    await wire.send(*([b"10000\r\n" + bytes(0x10000) + b"\r\n"] * 128))
    answer = await wire.read_rest()
    (request,) = upstream.requests

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert request.body == b""


@pytest.mark.parametrize(
    "headers",
    [
        b"X-Flood: 0123456789\r\n" * 10_000,
        b"X-Flood: " + b"0" * 17_000 + b"\r\n\r\n",
        b"X-Flood: " + b"0" * 16_300 + b"\r\n\r\n",
    ],
)
async def test_header_flood_is_refused(upstream: Upstream, dial: Dial, headers: bytes) -> None:
    """A head of more than 16 KiB is refused, whether it ends or not."""
    wire = await dial()
    await wire.send(b"GET /" + b"a" * 100 + b" HTTP/1.1\r\nHost: p\r\n", headers)
    answer = await wire.read_rest()

    assert answer.startswith(b"HTTP/1.1 431 ")
    assert upstream.requests[0].refused


async def test_flood_behind_held_request_is_cut(upstream: Upstream, dial: Dial) -> None:
    """Whoever sends too far ahead of the answers is cut off."""
    barrier = Barrier()
    upstream.on("GET", "/quotes/{id}", QUOTE, barrier=barrier)
    wire = await dial()
    await wire.send(GET)
    await within(barrier.arrivals(1))
    with pytest.raises(ConnectionError):
        await wire.send(*([GET * 100] * 10_000))
    await within(barrier.emptied())

    assert len(upstream.requests) == 1


async def test_crowd_is_turned_away(
    upstream: Upstream, client: httpx.AsyncClient, dial: Dial
) -> None:
    """Beyond 64 open connections more are closed at once, until others are closed."""
    wires = [await dial() for _ in range(MOST_CONNECTIONS)]
    surplus = await dial()
    refused = await surplus.read_rest()
    most = upstream.open_connections
    for wire in wires:
        wire.close()
    await within(upstream.all_closed())
    response = await client.get("/")

    assert (refused, most, upstream.connections) == (b"", MOST_CONNECTIONS, MOST_CONNECTIONS + 2)
    assert response.status_code == 404


async def test_thousands_of_connections_do_no_harm(upstream: Upstream, dial: Dial) -> None:
    """A flood of connections leaves the server as it was."""
    address = httpx.URL(upstream.url)

    def flood() -> None:
        for _ in range(2000):
            with socket.create_connection((address.host, address.port or 0), timeout=20):
                pass

    await within(asyncio.to_thread(flood))
    last = await dial()
    with contextlib.suppress(ConnectionError):  # turned away, if many are still open
        await last.send(b"no request\r\n\r\n")
        await last.read_rest()
    last.close()
    await within(upstream.all_closed())
    wire = await dial()
    await wire.send(GET)
    head = await wire.read_head()

    assert head.startswith("HTTP/1.1 404 ")
    assert upstream.connections == 2002


async def test_total_is_limited(
    upstream: Upstream, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once all clients together have sent too much, every one is cut off."""
    monkeypatch.setattr("dojo.harness.upstream.MOST_BYTES", 50_000)
    wire = await dial()
    await wire.send(GET * 100)
    answers = await wire.read_rest()
    late = await dial()
    await late.send(GET)

    assert 0 < answers.count(b"HTTP/1.1 404") < 13
    assert await late.read_rest() == b""
    assert len(upstream.requests) < 13
