"""Grader of 46_middleware_rate_limit: who is refused when, behind proxies and without them.

The clock stands still until a criterion moves it. Where peers matter, each request is one of a new
connection, at a port of its own.
"""

import json
from collections.abc import Sequence

import httpx

from dojo.grader import (
    Host,
    Oracle,
    SeededInputs,
    WebSocket,
    criterion,
    exchange_of,
    expect,
    expect_events,
    logged,
    open_client,
    open_websocket,
)
from dojo.harness.hosts import Clock

LIMIT, WINDOW = 5, 60
PAGE = "https://sailing.example.com"
PATH, LEVELS = "/tides/brest", [212, 640]
FLEET = ", ".join(f"10.0.0.{number}" for number in range(8, 15))
REACHED = f"{LIMIT} requests of this client have passed in the last {WINDOW} seconds."


def expect_refusal(
    response: httpx.Response, because: str = REACHED, wait: int | None = None
) -> None:
    """Expect a 429, and where it is given how long it says to wait."""
    expect(response).status(429, because)
    if wait is not None:
        expect(response).header("retry-after", str(wait), because).read_json()


async def use_up(client: httpx.AsyncClient, number: int = LIMIT, because: str = "") -> None:
    """Send requests that pass."""
    for each in range(1, number + 1):
        answer = await client.get(PATH)
        expect(answer).status(200, because or f"It is request {each} of {LIMIT} that pass.")
        expect(answer).json(LEVELS)


async def ask(host: Host, peer: str | None, *lines: str, **headers: str) -> httpx.Response:
    """Send a request over a new connection of a peer; each of the lines is `X-Forwarded-For`."""
    client = (peer, 40_000 + len(host.history)) if peer else None
    sent = [("X-Forwarded-For", line) for line in lines] + list(headers.items())
    async with open_client(host, client=client) as connection:
        return await connection.get(PATH, headers=sent)


@criterion(task=1)
async def test_sixth_request_is_refused(
    client: httpx.AsyncClient, clock: Clock, inputs: SeededInputs
) -> None:
    """The sixth request in 60 seconds is a 429 that says when one passes, and then one does."""
    gap = inputs.randint(3, WINDOW - 3)
    await use_up(client, 1)
    await clock.advance(gap)
    await use_up(client, LIMIT - 1)
    for _ in range(2):
        expect_refusal(await client.get(PATH), wait=WINDOW - gap)
    await clock.advance(WINDOW - gap - 0.5)
    expect_refusal(await client.get(PATH), wait=1)
    await clock.advance(0.5)
    await use_up(client, 1, "The first request is 60 seconds old, so it does not count any more.")
    expect_refusal(await client.get(PATH), wait=gap)


@criterion(task=1)
async def test_pages_read_refusals(client: httpx.AsyncClient, clock: Clock) -> None:
    """A 429 has the same CORS headers as a 200, so that a page can tell its user to wait."""
    for headers in ({"Origin": PAGE}, {}):
        for _ in range(LIMIT):
            passed = await client.get(PATH, headers=headers)
            expect(passed).status(200)
        if headers:
            expect(passed).header("access-control-allow-origin", PAGE)
        refused = await client.get(PATH, headers=headers)
        expect_refusal(refused)
        wanted, found = read_cors(passed), read_cors(refused)
        if wanted != found:
            because = "A browser hides an answer without them, and the page sees a 'CORS error'."
            expected = f"on the 429, as on the 200: {', '.join(wanted) or 'no header of CORS'}"
            seen = f"on the 429: {', '.join(found) or 'no header of CORS'}"
            raise expect(refused).fails(expected, seen, because)
        await clock.advance(WINDOW)


def read_cors(response: httpx.Response) -> list[str]:
    """Give the headers of CORS, one text for each."""
    items = response.headers.multi_items()
    return sorted(f"{name}: {value}" for name, value in items if name.startswith("access-control-"))


@criterion(task=1)
async def test_every_answer_counts(client: httpx.AsyncClient, clock: Clock) -> None:
    """A request counts whatever its answer is, and a crash is still seen by the server."""
    for requests in (
        (
            ("GET", "/tides/atlantis", 404),
            ("GET", "/tides/brest?first=x", 422),
            ("POST", "/tides/brest", 405),
            ("GET", "/no-such-path", 404),
            ("GET", "/tides/dover/mean", 500),
        ),
        (
            ("GET", "/", 404),
            ("HEAD", "/tides/brest", 405),
            ("GET", "/tides/brest", 200),
            ("GET", "/tides/cadiz/mean", 200),
            ("GET", "/tides/dover/", 307),
        ),
    ):
        for method, path, code in requests:
            answer = await client.request(method, path, follow_redirects=False)
            expect(answer).status(code, f"Fewer than {LIMIT} requests have passed.")
            if code == 500:
                expect_crash(answer)
        for path in (PATH, "/no-such-path", "/tides/dover/mean"):
            expect_refusal(await client.get(path))
        await clock.advance(WINDOW)


def expect_crash(response: httpx.Response) -> None:
    """Expect that the server gets the exception behind a 500."""
    raised = exchange_of(response).raised
    if raised is None or not raised.type.endswith("StatisticsError"):
        seen = f"it gets '{raised}'" if raised else "the app returns as if nothing had happened"
        because = "The traceback of this crash is in no log of the server."
        raise expect(response).fails("that the exception reaches the server", seen, because)


@criterion(task=2)
async def test_health_and_preflights_are_free(client: httpx.AsyncClient) -> None:
    """`/health` and preflights are answered at any time, and use up nothing."""
    for is_used_up in (False, True):
        for number in range(LIMIT + 2):
            path = "/health?deep=1" if number == 1 else "/health"
            expect(await client.get(path)).status(200, "This path has no limit.")
        for _ in range(LIMIT + 2):
            headers = {"Origin": PAGE, "Access-Control-Request-Method": "GET"}
            answer = await client.options(PATH, headers=headers)
            expect(answer).status(200, "Preflights have no limit.")
            expect(answer).header("access-control-allow-origin", PAGE)
        if not is_used_up:
            await use_up(client, because="Only requests to '/health' and preflights came before.")
    expect_refusal(await client.get(PATH))


@criterion(task=2)
async def test_handshakes_are_limited(client: httpx.AsyncClient, host: Host, clock: Clock) -> None:
    """Handshakes count like other requests, one too many gets a 429, and the lifespan runs."""
    expect_events(host).count(logged("kata.tides", "opened", "the lifespan opens the tables"), 1)
    await use_up(client, 2)
    sessions = [await enter(host) for _ in range(LIMIT - 2)]
    for session in sessions:
        await expect_answers(host, session, 3)
    expect_refusal(await client.get(PATH))
    await expect_denial(host)
    await clock.advance(WINDOW)
    await expect_answers(host, sessions[0], LIMIT + 2)
    sessions += [await enter(host) for _ in range(LIMIT - 1)]
    await open_websocket(host, "/no-such-path").connect()  # it counts, though no route takes it
    await expect_denial(host)
    expect_refusal(await client.get(PATH))
    for session in sessions:
        session.leave()
    await host.stop()
    expect_events(host).count(logged("kata.tides", "closed", "the lifespan closes the tables"), 1)


async def enter(host: Host) -> WebSocket:
    """Open a session; `Failure` if it is refused."""
    session = open_websocket(host, "/live")
    if not await session.connect():
        seen = f"it is refused with the status {session.status}"
        because = f"Fewer than {LIMIT} requests and handshakes have passed."
        raise expect_events(host).fails("the handshake is accepted", seen, because)
    return session


async def expect_answers(host: Host, session: WebSocket, number: int) -> None:
    """Expect that each of so many frames is answered."""
    for _ in range(number):
        session.send_text("cadiz")
        answer = await session.receive_text()
        if answer is None or answer.replace(" ", "") != "[88,310]":
            seen = "the session is closed" if answer is None else answer
            because = "What is sent in an open session does not count."
            raise expect_events(host).fails("the answer [88,310] to a frame", seen, because)


async def expect_denial(host: Host) -> None:
    """Expect that a handshake is refused with a 429 that says when one passes, and has JSON."""
    session = open_websocket(host, "/live")
    expected = f"the handshake is refused with 429, 'retry-after: {WINDOW}' and JSON"
    if await session.connect():
        raise expect_events(host).fails(expected, "it is accepted", REACHED)
    told = dict(session.headers).get(b"retry-after", b"").decode("latin-1")
    if session.status != 429 or told != str(WINDOW):
        seen = f"its status is {session.status}, and " + (
            f"'retry-after: {told}'" if told else "it has no header 'retry-after'"
        )
        raise expect_events(host).fails(expected, seen, REACHED)
    try:
        json.loads(session.body)
    except ValueError:
        raise expect_events(host).fails(expected, f"its body is {session.body!r}", "") from None


@criterion(task=3)
async def test_strange_headers_do_nothing(host: Host, inputs: SeededInputs) -> None:
    """Who comes directly is counted by the address of the peer, and headers change nothing."""
    numbers = inputs.numbers(LIMIT + 2, 1, 250)
    victim = f"192.0.2.{numbers[0]}"
    claims = [f"192.0.2.{number}" for number in numbers[:LIMIT]] + ["10.0.0.3"]
    for peer in (f"198.51.100.{numbers[-1]}", f"2001:db8::{numbers[-2]}", "127.0.0.1", None):
        who = f"The peer is {peer}, which is no proxy of ours" if peer else "There is no peer"
        for number in range(LIMIT):
            lines = (claims[number], victim)[: number % 3]
            answer = await ask(host, peer, *lines)
            expect(answer).status(200, f"{who}. It is request {number + 1} of {LIMIT}.")
        for claim in claims:
            because = f"{who}. {LIMIT} requests from there have passed."
            expect_refusal(await ask(host, peer), because)
            expect_refusal(await ask(host, peer, claim), because)
    because = "No request has come from this address, only headers that name it."
    expect(await ask(host, victim)).status(200, because)


@criterion(task=3)
async def test_proxies_name_clients(host: Host, inputs: SeededInputs) -> None:
    """Behind our proxies the client is the last entry that is none of them, and has own limit."""
    one, other, forged = (f"203.0.113.{number}" for number in inputs.numbers(3, 20, 250))
    long = f"2001:db8:1::{inputs.randint(1, 99)}"
    for client in (one, other, long, f"{long}0"):
        ways: tuple[tuple[str, Sequence[str]], ...] = (
            ("10.0.0.3", [client]),
            ("10.0.0.7", [f"{forged}, {client}", FLEET]),
            ("2001:db8:a::4", [forged, f"{client}, 10.0.0.9"]),
            ("10.0.0.3", [f"10.0.0.4, {forged},{client},  10.0.0.7,2001:db8:a::5"]),
            (client, []),
        )
        for number, (peer, lines) in enumerate(ways, start=1):
            because = f"It is request {number} of {LIMIT} of the client {client}."
            expect(await ask(host, peer, *lines)).status(200, because)
        for peer, lines in ways:
            because = f"{LIMIT} requests of the client {client} have passed."
            expect_refusal(await ask(host, peer, *lines), because)
    for peer in ("10.0.0.11", "2001:db8:a::b"):
        for number in range(1, LIMIT + 1):
            because = f"It is request {number} of {LIMIT} of this proxy, without the header."
            expect(await ask(host, peer)).status(200, because)
        expect_refusal(await ask(host, peer))
    because = "All entries are proxies of ours, from which no request has come."
    expect(await ask(host, "10.0.0.12", "10.0.0.13, 2001:db8:a::c")).status(200, because)


@criterion(task=3)
async def test_any_request_keeps_limit(oracle: Oracle) -> None:
    """Whoever asks for whatever from wherever, the answer is the promised one."""
    await oracle.compare()
