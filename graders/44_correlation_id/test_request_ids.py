"""Grader of 44_correlation_id: the ids of answers, of reports, and of calls to the weather service.

Requests overlap where the weather service holds them. The driver chooses the addresses of clients.
"""

import re
from typing import Any

import httpx
import pytest

from dojo.grader import (
    BASE_URL,
    Failure,
    Host,
    Hosts,
    Oracle,
    SeededInputs,
    WebSocket,
    criterion,
    exchange_of,
    expect,
    finish,
    meet,
    open_client,
    open_websocket,
    start_request,
)
from dojo.harness.barriers import Barrier
from dojo.harness.hosts import Clock
from dojo.harness.http_client import DEFAULT_CLIENT
from dojo.harness.processes import read_own_number
from dojo.harness.upstream import Received, Upstream
from dojo.harness.upstream_protocol import Reply

LOGGER = "kata.ferries"
HEADER = "X-Request-ID"
NO_ID = f"no header '{HEADER}'"
ID = re.compile(r"[-.\w]{1,64}", re.ASCII)
PORTS = ("Bergen", "Oslo", "Kiel", "Rostock")
GATEWAYS = (("127.0.0.1", 50001), ("203.0.113.7", 443))
STRANGERS = (
    ("198.51.100.9", 4711),
    ("203.0.113.70", 50000),
    ("10.0.0.1", 443),
    ("127.0.0.11", 8000),
    None,
)
CLAIMS: tuple[dict[str, str], ...] = (
    {},
    {"X-Forwarded-For": "203.0.113.7"},
    {"X-Forwarded-For": "198.51.100.9"},
    {"Forwarded": "for=203.0.113.7"},
    {"X-Real-IP": "127.0.0.1"},
)
"""What anybody can write about where a request comes from."""
LINES = 40
"""The passengers of each sailing at first."""
AHEAD = 4
"""Lines that may be made before the first one is read: each layer of an app may hold one."""
UNFOUND = "Support cannot find in the logs what was done for this request."

Address = tuple[str, int] | None
Said = tuple[str, object]
"""A step that is reported, and what it is about."""


def refuse(response: httpx.Response, expected: str, seen: str, because: str = "") -> Failure:
    """Make a failure about the id of an answer: earlier requests have no part in it."""
    return Failure(expected, seen, response.extensions["did"][-2:], because)


def pick_id(found: list[str]) -> tuple[str, str]:
    """Give the id out of an answer's headers, or nothing and what is wrong with them."""
    if len(found) != 1:
        shown = " and ".join(f"'{HEADER}: {each}'" for each in found)
        return "", shown or NO_ID
    if not ID.fullmatch(found[0]):
        return "", f"the id '{found[0][:100]}'"
    return found[0], ""


def read_id(response: httpx.Response) -> str:
    """Give the id of an answer; `Failure` unless it has one, in the right form."""
    found, wrong = pick_id(response.headers.get_list(HEADER))
    if wrong:
        expected = f"with the status {response.status_code}: one header '{HEADER}' with an id"
        raise refuse(response, expected, wrong, UNFOUND)
    return found


async def ask(
    client: httpx.AsyncClient, path: str, request_id: str = "", **more: Any
) -> httpx.Response:
    """Send a request, a `GET` unless it has a body, and wait until the app is done with it."""
    headers = {**more.pop("headers", {})} | ({HEADER: request_id} if request_id else {})
    method = more.pop("method", "POST" if "json" in more else "GET")
    return await finish(await client.request(method, path, headers=headers, **more))


def expect_new(response: httpx.Response, sent: str, seen: set[str]) -> None:
    """Expect that an answer has an id that is not the sent one, nor part of it, nor known."""
    found = read_id(response)
    if sent and found in sent:
        raise refuse(response, "a new id in place of the one that was sent", f"the id '{found}'")
    if found in seen:
        because = "In the logs these two requests look like one."
        raise refuse(response, "an id that no other request has got", f"'{found}' again", because)
    seen.add(found)


@criterion(task=1)
async def test_every_answer_has_id(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """Each answer has one id, also a 404, 405 or 422, and the 500 of a crash."""
    name = inputs.name()
    for code, method, path, body in (
        (200, "GET", "/sailings/1", None),
        (404, "GET", "/sailings/4711", None),
        (404, "GET", "/no-such-path", None),
        (405, "PUT", "/sailings/1", None),
        (422, "GET", "/sailings/first", None),
        (422, "POST", "/sailings/1/bookings", {"passenger": ""}),
        (307, "GET", "/sailings/2/", None),
    ):
        answer = await ask(client, path, method=method, json=body)
        expect(answer).status(code)
        read_id(answer)
    answer = await ask(client, "/sailings/2/bookings", json={"passenger": name})
    expect(answer).status(201).json({"passenger": name})
    expect(answer).header("location", "/sailings/2/passengers")
    read_id(answer)
    crash = await ask(client, "/sailings/4/load")
    expect(crash).status(500)
    read_id(crash)
    raised = exchange_of(crash).raised
    if raised is None or not raised.type.endswith("ZeroDivisionError"):
        seen = f"it gets '{raised}'" if raised else "no exception comes out of the app"
        because = "The server logs a crash by the exception that it gets."
        raise refuse(crash, "that the server gets the ZeroDivisionError as well", seen, because)


def read_headers(socket: WebSocket, wanted: str) -> list[str]:
    """Give the values that a header has in the answer to a handshake."""
    pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in socket.headers]
    return [value for name, value in pairs if name == wanted.lower()]


def read_socket_id(host: Host, socket: WebSocket) -> str:
    """Give the id in the answer to a handshake; `Failure` unless there is one."""
    found, wrong = pick_id(read_headers(socket, HEADER))
    if wrong:
        kind = "that is accepted" if socket.accepted else "that is denied"
        expected = f"in the answer to a handshake {kind}: one header '{HEADER}' with an id"
        raise Failure(expected, wrong, host.history[-1:], UNFOUND)
    return found


async def open_board(
    host: Host, port: str, sent: str = "", client: Address = DEFAULT_CLIENT
) -> WebSocket:
    """Shake hands for the board of a port; it is denied if there is no such port."""
    headers = [(HEADER.lower().encode(), sent.encode())] if sent else []
    socket = open_websocket(host, f"/board?port={port}", headers=headers, client=client)
    await socket.connect()
    if port in PORTS and not socket.accepted:
        seen = f"it is answered with the status {socket.status}"
        raise Failure("that the handshake is accepted", seen, host.history[-1:])
    return socket


def expect_header(host: Host, socket: WebSocket, name: str, value: str) -> None:
    """Expect a header of the app's own in the answer to a handshake."""
    found = read_headers(socket, name)
    if found != [value]:
        seen = " and ".join(f"'{name}: {each}'" for each in found) or f"no header '{name}'"
        raise Failure(f"'{name}: {value}', as it was", seen, host.history[-1:])


@criterion(task=1)
async def test_sockets_have_id(host: Host, inputs: SeededInputs) -> None:
    """The answer to a handshake has an id, and so has all that is reported in the session."""
    sessions = []
    for port, sent in zip(PORTS[:2], ("", inputs.word()), strict=True):
        socket = await open_board(host, port, sent)
        sessions.append((port, socket, read_socket_id(host, socket)))
        expect_header(host, socket, "x-board", port)
    for port, socket, request_id in sessions:
        word = inputs.word()
        socket.send_text(word)
        if (text := await socket.receive_text()) != f"{port}: {word}":
            raise Failure(f"the message '{port}: {word}'", f"'{text}'", list(host.history))
        expect_reports(host, request_id, [("board asked for", port), ("message", word)])
        socket.leave()
        await socket.exchange.wait_until_ended()
    for sent in ("", inputs.word()):
        denied = await open_board(host, "Atlantis", sent)
        if (denied.status, denied.body) != (404, b"There is no such port."):
            seen = "it is accepted" if denied.accepted else f"the status {denied.status}"
            seen += f" and the body '{denied.body[:100].decode('utf-8', 'replace')}'"
            expected = "that the handshake is denied with status 404, and the body says why"
            raise Failure(expected, seen, host.history[-1:])
        expect_reports(host, read_socket_id(host, denied), [("board asked for", "Atlantis")])


@criterion(task=1)
async def test_stream_goes_out_in_parts(host: Host) -> None:
    """The first line of a stream is sent while the last ones are not made yet."""
    request = httpx.Request("GET", f"{BASE_URL}/sailings/3/passengers")
    exchange = start_request(host, request, stepped=True)
    body, parts = b"", 0
    while (sent := await exchange.next_sent()) is not None:
        part = sent.event.get("body", b"")
        if part and not body:
            await host.settle()
            made = len(host.evidence.logs(LOGGER, "line written"))
            if made > AHEAD:
                expected = f"the first line, while most of the {LINES} are not made"
                because = "Readers wait for the whole answer, and all of it is in memory."
                seen = f"the first part of the body comes when {made} lines are made"
                raise Failure(expected, seen, list(host.history), because, exchange.endpoint)
        body += part if isinstance(part, bytes) else b""
        parts += bool(part)
        exchange.accept()
    text = body.decode("utf-8", "replace")
    if text != "".join(f"Passenger {seat}\n" for seat in range(1, LINES + 1)):
        seen = f"the body '{text[:200]}…'"
        raise Failure(f"{LINES} lines, one for each passenger", seen, list(host.history))
    if parts != LINES:
        expected = f"{LINES} parts of the body, one for each line"
        because = "The app joins or splits what the stream gives it."
        raise Failure(expected, f"{parts} parts", list(host.history), because)


@criterion(task=2)
async def test_gateway_ids_are_kept(
    client: httpx.AsyncClient, host: Host, hosts: Hosts, clock: Clock, inputs: SeededInputs
) -> None:
    """What a gateway sends is kept if it is an id; else there is a new one each time."""
    now = f"# it is still {clock.now:%H:%M:%S}"
    word = inputs.word()
    for good in (word, f"{word.title()}.{inputs.number()}_a-Z", (word * 64)[:64], f"-{word}"):
        answer = await ask(client, "/sailings/1", good)
        expect(answer).status(200)
        if (found := read_id(answer)) != good:
            raise refuse(answer, f"'{HEADER}: {good}', as it was sent", f"'{HEADER}: {found}'")
    bad = ("", (word * 65)[:65], word * 800, f"{word} {word}", f'id="{word}"', f"a,{word}")
    seen: set[str] = set()
    for sent in (*bad, *bad):
        host.history.append(now)
        answer = await ask(client, "/sailings/1", sent)
        expect(answer).status(200)
        expect_new(answer, sent, seen)
    numberless = {hide_number(host, each): each for each in seen}
    other = await hosts.open()
    async with open_client(other) as second:
        for _ in bad:
            other.history.append(f"{now}, and another copy of the app is asked")
            answer = await ask(second, "/sailings/1")
            expect_new(answer, "", seen)
            if (twin := numberless.get(hide_number(other, read_id(answer)))) is not None:
                expected = "an id that no copy on another machine can give as well"
                found = f"'{read_id(answer)}', and in the first copy '{twin}'"
                because = "All that differs is the number of the process: in containers it is 1."
                raise refuse(answer, expected, found, because)


def hide_number(host: Host, request_id: str) -> str:
    """Leave the number of the process out of an id."""
    for number in (host.pid, read_own_number(host.pid)):
        for written in (str(number), f"{number:x}", f"{number:X}"):
            request_id = request_id.replace(written, "")
    return request_id


@criterion(task=2)
async def test_strangers_bring_no_id(host: Host, inputs: SeededInputs) -> None:
    """Who is no gateway by address gets a new id, whatever its headers say of the client."""
    seen: set[str] = set()
    for address in (*STRANGERS, *GATEWAYS):
        words = "has no address" if address is None else f"has the address {address[0]}"
        async with open_client(host, client=address) as client:
            for claim in CLAIMS:
                host.history.append(f"# the next client {words}")
                sent = inputs.word()
                answer = await ask(client, "/sailings/1", sent, headers=claim)
                expect(answer).status(200)
                if address not in GATEWAYS:
                    expect_new(answer, sent, seen)
                elif read_id(answer) != sent:
                    because = "This client is a gateway, whatever a header says."
                    found = f"'{HEADER}: {read_id(answer)}'"
                    raise refuse(answer, f"'{HEADER}: {sent}'", found, because)
        if address not in GATEWAYS:
            host.history.append(f"# the next client {words}")
            await expect_unbelieved(host, inputs.word(), address)


async def expect_unbelieved(host: Host, sent: str, address: Address) -> None:
    """Expect that a session of a WebSocket does not get the id that it brings."""
    socket = await open_board(host, PORTS[0], sent, address)
    reported = [log.fields.get("request_id") for log in host.evidence.logs(LOGGER)]
    if sent in (*reported, *read_headers(socket, HEADER)):
        expected = "for the session, a new id in place of the one that was sent"
        raise Failure(expected, f"the id '{sent}'", host.history[-2:])
    socket.leave()
    await socket.exchange.wait_until_ended()


def forecast(request: Received) -> Reply:
    """Answer as the weather service does."""
    return Reply.json({"port": request.path_parameters["port"], "wind": "none"})


def set_weather(upstream: Upstream, barrier: Barrier | None = None) -> None:
    """Let the weather service know every port, behind a barrier."""
    upstream.on("GET", "/forecasts/{port}", forecast, barrier=barrier)


@pytest.fixture
def weather(upstream: Upstream) -> Upstream:
    """Give a weather service that knows every port."""
    set_weather(upstream)
    return upstream


def expect_reports(host: Host, request_id: str, said: list[Said]) -> None:
    """Expect for each of these steps a report with this id."""
    for step, about in said:
        logs = host.evidence.logs(LOGGER, step, about=str(about))
        ids = [str(log.fields.get("request_id")) for log in logs]
        if request_id not in ids:
            what = f"'{step}'" + (f" ({about})" if about else "")
            outside = request_id == "-"
            whose = "outside of any request" if outside else "of its request"
            expected = f"the report {what} with the id {whose}, '{request_id}'"
            seen = f"it has the id '{ids[-1][:100]}'" if ids else "there is no such report"
            raise Failure(expected, seen, list(host.history), "" if outside else UNFOUND)


@criterion(task=3)
async def test_reports_name_their_request(
    client: httpx.AsyncClient, host: Host, weather: Upstream, inputs: SeededInputs
) -> None:
    """Each report has the id of its request, from wherever it comes, while others are under way."""
    expect_reports(host, "-", [("desk opened", "")])
    barrier, name = Barrier(), inputs.name()
    set_weather(weather, barrier)
    asked = [ask(client, f"/sailings/{number}/forecast") for number in (1, 2)]
    rendezvous = await meet(host, barrier, *asked)
    rendezvous.expect_all_inside("the weather service")
    host.history.append("# while both are inside the weather service:")
    read = await ask(client, "/sailings/3")
    lines = await ask(client, "/sailings/3/passengers")
    booked = await ask(client, "/sailings/4/bookings", json={"passenger": name})
    host.history.append("# the weather service answers")
    answers = await rendezvous.part()
    for number, answer in enumerate(answers, start=1):
        expect(answer).status(200)
        port = PORTS[number - 1]
        steps = ("forecast asked for", "forecast read", "forecast given")
        said: list[Said] = [("sailing looked up", number), *((step, port) for step in steps)]
        expect_reports(host, read_id(answer), said)
    expect_reports(host, read_id(read), [("sailing looked up", 3), ("sailing read", 3)])
    expect_reports(host, read_id(lines), [("line written", "Passenger 7")])
    said = [("sailing looked up", 4), ("booked", name), ("ticket printed", name)]
    expect_reports(host, read_id(booked), said)
    host.history.append("# the app is shut down")
    await host.stop()
    expect_reports(host, "-", [("desk closed", "")])


@criterion(task=3)
async def test_forecasts_are_asked_with_id(
    client: httpx.AsyncClient, host: Host, weather: Upstream, inputs: SeededInputs
) -> None:
    """The weather service gets the id of the request for which it is asked."""
    for sent in ("", inputs.word()):
        answer = await ask(client, "/sailings/1/forecast", sent)
        expect(answer).status(200)
        expect_asked_with(answer, weather, PORTS[0])
    barrier = Barrier()
    set_weather(weather, barrier)
    asked = [ask(client, f"/sailings/{number}/forecast") for number in (2, 3)]
    rendezvous = await meet(host, barrier, *asked)
    rendezvous.expect_all_inside("the weather service")
    for port, answer in zip(PORTS[1:3], await rendezvous.part(), strict=True):
        expect(answer).status(200)
        expect_asked_with(answer, weather, port)


def expect_asked_with(answer: httpx.Response, weather: Upstream, port: str) -> None:
    """Expect that the weather service was last asked for a port with the id of an answer."""
    asked = [each for each in weather.requests if each.path == f"/forecasts/{port}"]
    wanted = read_id(answer)
    found = asked[-1].header(HEADER) if asked else None
    if found != wanted:
        seen = "it is not asked" if not asked else f"it gets '{HEADER}: {found}'"
        seen = f"it gets {NO_ID}" if asked and found is None else seen
        expected = f"that the weather service gets '{HEADER}: {wanted}', as the answer has it"
        raise refuse(answer, expected, seen)


@criterion(task=3)
async def test_any_request_keeps_its_id(oracle: Oracle) -> None:
    """Whatever is asked with whatever id, its answer and its reports have the right one."""
    await oracle.compare()
