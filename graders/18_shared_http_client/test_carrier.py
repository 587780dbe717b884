"""Grader of 18_shared_http_client: the carrier counts its connections and holds its callers.

Silence costs no time: the timers of the app are moved on while the carrier says nothing.
"""

import socket
from contextlib import closing
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from dojo.grader import (
    Failure,
    Host,
    Hosts,
    Oracle,
    SeededInputs,
    Sent,
    SubmissionError,
    criterion,
    expect,
    finish,
    meet,
    open_client,
)
from dojo.harness.barriers import Barrier
from dojo.harness.patience import OutOfPatience
from dojo.harness.upstream import Received, Upstream
from dojo.harness.upstream_protocol import Reply

Body = dict[str, str]

IN_A_ROW = 10
GROUPS, PAIRS = 5, 2
"""Twenty callers."""
PART_OF_TIMEOUT = 20
"""Seconds: less than the timeout of 30, and twice as much is more."""
UNKNOWN = {"detail": "The carrier does not know it."}
SILENT = {"detail": "The carrier does not answer."}
BROKEN = {"detail": "The carrier does not work."}
ROOM = "Requests must not wait for one another, and a client has room for them."
PARTING = "Nobody uses these connections after the shutdown, and the carrier has to keep them."
WORKS_AGAIN = "# the carrier works again"
NEXT = "One failure is no reason to answer the next request otherwise."


def describe(name: str) -> Body:
    """Give what the carrier knows under a name: a parcel and a depot at once."""
    parcel = {"number": name, "status": f"status of {name}", "depot": f"depot of {name}"}
    return parcel | {"code": name, "city": f"city of {name}", "phone": f"phone of {name}"}


def show(path: str, name: str) -> Body:
    """Give what the app answers about a name."""
    known = describe(name)
    names = ("number", "status", "depot") if path == "/parcels" else ("code", "city", "phone")
    return {each: known[each] for each in names}


def answer(request: Received) -> Reply:
    """Answer as a carrier that is well; each answer sets a cookie."""
    cookie = {"set-cookie": "carrier-session=kept"}
    return Reply.json(describe(request.path_parameters["name"]), headers=cookie)


def set_carrier(upstream: Upstream, reply: Any = answer, barrier: Barrier | None = None) -> None:
    """Let the carrier answer from now on with `reply`, whatever it is asked for."""
    for collection in ("parcels", "depots"):
        upstream.on("GET", f"/{collection}/{{name}}", reply, barrier=barrier)


@pytest.fixture
def carrier(upstream: Upstream) -> Upstream:
    """Give a carrier that knows everything."""
    set_carrier(upstream)
    return upstream


async def ask(client: httpx.AsyncClient, path: str, name: str, **headers: str) -> httpx.Response:
    """Ask the app for a parcel or a depot, and wait until it is done with that."""
    key = "number" if path == "/parcels" else "code"
    named = {each.replace("_", "-"): value for each, value in headers.items()}
    return await finish(await client.get(path, params={key: name}, headers=named))


def begin(host: Host, words: str) -> None:
    """Begin a part of a criterion, which a failure tells of alone."""
    host.history[:] = [f"# {words}"]


@criterion(task=1)
async def test_requests_share_one_connection(
    client: httpx.AsyncClient, host: Host, carrier: Upstream, inputs: SeededInputs
) -> None:
    """Ten requests, one right after another, use one connection to the carrier."""
    for number in range(IN_A_ROW):
        status = {4: 404, 6: 503}.get(number)
        host.history += [f"# the carrier answers {status}"] if status else []
        set_carrier(carrier, Reply.json({}, status) if status else answer)
        await ask(client, ("/parcels", "/depots")[number % 2], inputs.word())
        host.history += [WORKS_AGAIN] if status else []
        if carrier.connections != 1:
            expected = "requests, one right after another, over 1 connection to the carrier"
            seen = f"{carrier.connections} connections for {number + 1} of them"
            because = "To open one takes time, and a port that stays taken for a minute."
            raise Failure(expected, seen, host.history, because)


@criterion(task=1)
async def test_callers_meet_at_carrier(
    client: httpx.AsyncClient, host: Host, carrier: Upstream, inputs: SeededInputs
) -> None:
    """The carrier has twenty callers inside at once, if twenty requests come together."""
    rounds = []
    for _ in range(GROUPS):  # not all at once: to make twenty clients takes a processor a second
        barrier = Barrier()
        set_carrier(carrier, barrier=barrier)
        asked = [(path, inputs.word()) for path in ("/parcels", "/depots") * PAIRS]
        rendezvous = await meet(host, barrier, *[ask(client, *each) for each in asked])
        rendezvous.expect_all_inside("the carrier", ROOM)
        rounds.append((asked, rendezvous))
        inside = len(rounds) * len(asked)
        host.history.append(f"# {inside} requests are inside the carrier now, and stay there")
    for asked, rendezvous in rounds:
        for (path, name), response in zip(asked, await rendezvous.part(), strict=True):
            expect(response).status(200).json(show(path, name))


@criterion(task=1)
async def test_app_closes_and_starts_again(
    client: httpx.AsyncClient, host: Host, carrier: Upstream, inputs: SeededInputs
) -> None:
    """A shutdown closes the connections to the carrier, and the app can be started again."""
    for _ in range(2):
        for path in ("/parcels", "/depots"):
            name = inputs.word()
            expect(await ask(client, path, name)).status(200).json(show(path, name))
        host.history.append("# the app is shut down")
        await host.stop()
        await expect_all_closed(host, carrier)
        host.history.append("# the app is started again, in the same process")
        try:
            await host.start()
        except SubmissionError as error:
            if error.kind != "startup":
                raise
            expected = "that the app starts again"
            raise Failure(expected, error.message, host.history, "", error.where) from None


async def expect_all_closed(host: Host, carrier: Upstream) -> None:
    """Expect that the app has closed its connections to the carrier, or that it is about to."""
    try:
        await host.patience.wait(carrier.all_closed())
    except OutOfPatience:
        seen = f"connections that are still open: {carrier.open_connections}"
        expected = "that the shutdown closes all connections to the carrier"
        raise Failure(expected, seen, host.history, PARTING) from None


@criterion(task=2)
async def test_name_is_one_segment(
    client: httpx.AsyncClient, carrier: Upstream, inputs: SeededInputs
) -> None:
    """A number or a code is one segment of the path at the carrier, whatever is in it."""
    word = inputs.word()
    for name in (word, f"2031/{word}", f"../{word}", f"a?{word}=1#b", "50%41", "..", "."):
        for path in ("/parcels", "/depots"):
            calls = len(carrier.requests)
            response = await ask(client, path, name)
            asked = [each.target for each in carrier.requests[calls:]]
            if name in ("..", "."):
                if asked:
                    seen = f"the carrier is asked for '{asked[0]}'"
                    raise expect(response).fails("that the carrier is not asked", seen)
                expect(response).status(404).json(UNKNOWN)
                continue
            expect_segment(response, asked, path, name)
            expect(response).status(200).json(show(path, name))


def expect_segment(response: httpx.Response, asked: list[str], path: str, name: str) -> None:
    """Expect that the carrier was last asked for a path whose last segment means this name."""
    target = asked[-1] if asked else ""
    segment = target.removeprefix(f"{path}/")
    whole = segment != target and not {"/", "?"} & set(segment)
    if not whole or unquote(segment) != name:
        expected = f"that the carrier is asked for '{path}/' and one segment, which means '{name}'"
        seen = f"it is asked for '{target}'" if target else "it is not asked"
        raise expect(response).fails(expected, seen)


@criterion(task=3)
async def test_named_headers_pass(
    client: httpx.AsyncClient, carrier: Upstream, inputs: SeededInputs
) -> None:
    """Two headers of the caller reach the carrier, no others do, and no cookie ever does."""
    language, number = f"de-{inputs.word()}", f"r-{inputs.number()}"
    named = {"accept_language": language, "x_request_id": number}
    secret = f"secret-{inputs.word()}"
    others = dict.fromkeys(("x_api_key", "user_agent", "x_forwarded_for", "accept"), secret)
    private = {"authorization": f"Bearer {secret}", "cookie": f"session={secret}"}
    for path in ("/parcels", "/depots"):
        for headers in (named, {}, {"x_request_id": number} | private, others | named):
            calls = len(carrier.requests)
            response = await ask(client, path, inputs.word(), **headers)
            if len(carrier.requests) == calls:
                raise expect(response).fails("that the carrier is asked", "it is not asked")
            expect_headers(response, carrier.requests[-1], headers, secret)


def expect_headers(
    response: httpx.Response, seen: Received, headers: dict[str, str], secret: str
) -> None:
    """Expect that the carrier gets what is for it, and nothing else of this or another caller."""
    for name in ("accept-language", "x-request-id"):
        wanted, got = headers.get(name.replace("-", "_")), seen.header(name)
        if wanted != got:
            words = [f"'{name}: {each}'" if each else f"no '{name}'" for each in (wanted, got)]
            raise expect(response).fails(f"that the carrier gets {words[0]}", f"it gets {words[1]}")
    for name, value in seen.headers:
        if secret in value:
            expected = f"that the carrier does not get the caller's '{name}'"
            raise expect(response).fails(expected, f"it gets '{name}: {value}'")
    if (cookie := seen.header("cookie")) is not None:
        because = "It was set in the answer to another request."
        expected = "that the carrier gets no cookie"
        raise expect(response).fails(expected, f"it gets 'cookie: {cookie}'", because)


@criterion(task=4)
async def test_failures_have_own_status(
    client: httpx.AsyncClient, host: Host, hosts: Hosts, carrier: Upstream, inputs: SeededInputs
) -> None:
    """What the carrier does wrong is answered with 404 or 502, and the next request as usual."""
    name = inputs.word()
    carrier.on("GET", "/moved", Reply.json(describe(name)))
    moved = {"location": "/moved"}
    for words, reply, status, body in (
        ("answers 404", Reply.json({"error": "unknown"}, 404), 404, UNKNOWN),
        ("answers 500", Reply.json({"error": "failing"}, 500), 502, BROKEN),
        ("answers 401", Reply.json({"error": "who are you"}, 401), 502, BROKEN),
        ("answers with a page", Reply.text("<h1>Maintenance</h1>"), 502, BROKEN),
        ("answers 200 with an error", Reply.json({"error": "failing"}), 502, BROKEN),
        ("redirects", Reply.json({}, 302, moved), 502, BROKEN),
        ("closes the connection", Reply.hang_up(), 502, BROKEN),
    ):
        for path in ("/parcels", "/depots"):
            begin(host, f"the carrier {words}")
            set_carrier(carrier, reply)
            expect(await ask(client, path, name)).status(status).json(body)
            host.history.append(WORKS_AGAIN)
            set_carrier(carrier)
            expect(await ask(client, path, name)).status(200, NEXT).json(show(path, name))
    with closing(socket.socket()) as closed:
        closed.bind(("127.0.0.1", 0))  # nobody listens there
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        away = await hosts.open(UPSTREAM_URL=address)
        begin(away, "the app is started with the address of a carrier that refuses connections")
        async with open_client(away) as other:
            expect(await ask(other, "/parcels", name)).status(502).json(BROKEN)


@criterion(task=4)
async def test_silence_ends_in_504(
    client: httpx.AsyncClient, host: Host, carrier: Upstream, inputs: SeededInputs
) -> None:
    """A carrier that sends nothing for `TIMEOUT` seconds is a 504, and not before that."""
    for path, words in (("/parcels", "nothing"), ("/depots", "the head of its answer alone")):
        name, barrier = inputs.word(), Barrier()
        begin(host, f"the carrier sends {words}")
        if path == "/parcels":
            set_carrier(carrier, barrier=barrier)
        else:
            set_carrier(carrier, Reply.dripping([b"{}"], barrier))
        rendezvous = await meet(host, barrier, ask(client, path, name))
        rendezvous.expect_all_inside("the carrier")
        await host.settle()
        before = len(host.evidence.of(Sent))
        await host.settle(seconds=PART_OF_TIMEOUT)
        if len(host.evidence.of(Sent)) > before:
            expected = "no answer before the carrier has been silent for 30 seconds"
            seen = f"an answer within {PART_OF_TIMEOUT} seconds"
            raise Failure(expected, seen, host.history)
        await host.settle(seconds=PART_OF_TIMEOUT)
        try:
            response = await host.patience.wait(rendezvous.tasks[0])
        except OutOfPatience:
            passed = 2 * PART_OF_TIMEOUT
            seen = f"no answer after {passed} seconds of silence"
            raise Failure("status 504 after 30 seconds of silence", seen, host.history) from None
        expect(response).status(504).json(SILENT)
        host.history.append(WORKS_AGAIN)
        set_carrier(carrier)
        expect(await ask(client, path, name)).status(200, NEXT).json(show(path, name))


@criterion(task=4)
async def test_any_answer_is_careful(oracle: Oracle) -> None:
    """Whatever is asked for, and whatever the carrier does, the answer is the promised one."""
    await oracle.compare()
