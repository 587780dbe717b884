"""Grader of 34_client_disconnect: clients that leave, while the model holds its runs.

A client leaves by the raw driver: its request gets the event that a server gives then. What begins,
ends and is noted, the given file reports; nothing is timed.
"""

import contextlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from dojo.grader import (
    Exchange,
    Failure,
    Host,
    Hosts,
    Oracle,
    SeededInputs,
    call_ended,
    criterion,
    exchange_of,
    expect,
    expect_answer,
    finish,
    open_client,
    send_together,
    start_request,
)
from dojo.grader.rendezvous import SECONDS
from dojo.harness.barriers import Barrier
from dojo.harness.http_client import DISCONNECT
from dojo.harness.patience import OutOfPatience
from dojo.harness.upstream import Received, Upstream
from dojo.harness.upstream_protocol import Reply

MOST_RUNS = 2
FAILURE = {"detail": "The model does not answer."}
FAULTS = (Reply.json({}, 500), Reply.hang_up(), Reply.json({"unknown": 1}), Reply.text("<html>"))
LATEST = 1
"""Seconds after which a client that has left is noticed at the latest."""


class Backends:
    """The model and those who take notes: what they were told, and where they hold callers."""

    def __init__(self, upstream: Upstream) -> None:
        self.barriers: dict[str, Barrier] = {}
        self.fault: Reply | None = None
        upstream.on("POST", "/runs", self._script("runs", "question", self._answer))
        upstream.on("POST", "/counts", self._script("counts", "question", lambda _: {}))
        upstream.on("POST", "/reports", self._script("reports", "text", self._keep))

    def hold(self, *names: str) -> Barrier:
        """Hold all callers of these back ends from now on."""
        barrier = Barrier()
        self.barriers |= dict.fromkeys(names, barrier)
        return barrier

    def _script(self, name: str, key: str, answer: Callable[[str], Any]) -> Any:
        async def reply(received: Received) -> Reply:
            fault = self.fault if name == "runs" else None
            if name in self.barriers:
                await self.barriers[name].enter()
            value = received.json()
            if not isinstance(value, dict) or not isinstance(value.get(key), str):
                return Reply.json({}, 400)
            return fault or Reply.json(answer(value[key]))

        return reply

    def _answer(self, question: str) -> Any:
        return {"text": make_text(question)}

    def _keep(self, text: str) -> Any:
        return {"number": len(text)}


def make_text(question: str) -> str:
    """Give what the model says to a question."""
    return f"It depends: {question}"


@pytest.fixture
def backends(upstream: Upstream) -> Backends:
    """Give back ends that answer at once."""
    return Backends(upstream)


def ask(client: httpx.AsyncClient, question: str, path: str = "/answers") -> Any:
    """Ask for an answer, or for a report."""
    return client.post(path, json={"question": question})


def start(host: Host, client: httpx.AsyncClient, question: str, path: str = "/answers") -> Exchange:
    """Ask by the raw driver, for a client that may leave."""
    return start_request(host, client.build_request("POST", path, json={"question": question}))


async def leave(host: Host, *exchanges: Exchange) -> None:
    """Let clients leave, and let the app have the time that it has to notice."""
    for exchange in exchanges:
        exchange.push(DISCONNECT)
        path = exchange.scope["path"]
        host.history.append(f"# the client of POST {path} leaves before its response begins")
    await host.settle(seconds=LATEST)


def count(host: Host, message: str, **fields: str) -> int:
    """Count the records of the given file."""
    return len(host.evidence.logs("kata.model", message, **fields)) + len(
        host.evidence.logs("kata.notes", message, **fields)
    )


async def expect_soon(
    host: Host,
    message: str,
    number: int,
    expected: str,
    because: str = "",
    **fields: str,
) -> None:
    """Expect that the given file has reported something so many times, now or soon."""
    with contextlib.suppress(OutOfPatience):
        await host.patience.wait(
            host.evidence.until(lambda: count(host, message, **fields) >= number), SECONDS
        )
    if (found := count(host, message, **fields)) != number:
        seen = "that does not happen"
        if found > number:
            seen = f"it happens too often: {found} times in all, where {number} would be right"
        raise Failure(expected, seen, list(host.history), because, await host.where())


async def expect_end(host: Host, exchange: Exchange) -> None:
    """Expect that the app is done with the request of a client that has left."""
    try:
        await host.patience.wait(
            host.evidence.until(lambda: bool(host.evidence.find(call_ended(exchange)))), SECONDS
        )
    except OutOfPatience:
        expected = "that the request of a client that has left ends"
        seen = "it goes on"
        raise Failure(expected, seen, list(host.history), "", await host.where()) from None


async def expect_inside(host: Host, barrier: Barrier, number: int, because: str) -> None:
    """Expect that so many calls are held by a back end at the same time."""
    try:
        await host.patience.wait(barrier.arrivals(number), SECONDS)
    except OutOfPatience:
        expected = f"{number} under way at the same time" if number > 1 else "a call under way"
        seen = f"{barrier.waiting or 'none'} under way, and no other one comes"
        raise Failure(expected, seen, list(host.history), because, await host.where()) from None


async def expect_gone(host: Host, barrier: Barrier) -> None:
    """Expect that the connection of a run that was held is closed."""
    try:
        await host.patience.wait(barrier.emptied(), SECONDS)
    except OutOfPatience:
        expected = "that the connection to the model is closed"
        raise Failure(expected, "it stays open", list(host.history), NOBODY_READS) from None


def expect_limit(host: Host) -> None:
    """Expect that there were never more runs under way than may be."""
    under_way = most = 0
    for each in host.evidence.logs("kata.model"):
        under_way += {"begins": 1, "ends": -1}.get(each.message, 0)
        most = max(most, under_way)
    if most > MOST_RUNS:
        expected = f"at most {MOST_RUNS} runs under way at the same time"
        raise Failure(expected, f"{most} at the same time", list(host.history))


def make_answer(question: str) -> dict[str, str]:
    """Give the answer to a question."""
    return {"question": question, "text": make_text(question)}


NOBODY_READS = "Nobody reads the answer any more."
ROOM = "Fewer than two other runs are under way."
PIECES = "There is room for one more. The question is long: its body comes in several events."


@criterion(task=1)
async def test_leaving_stops_model(
    client: httpx.AsyncClient, host: Host, backends: Backends, inputs: SeededInputs
) -> None:
    """A client that leaves stops its own run, and its request ends."""
    ended = 0
    for size in (1, 1, 20_000):  # the last one comes in several pieces
        question = inputs.word() * size
        because = ROOM if size == 1 else PIECES
        barrier = backends.hold("runs")
        (other,) = await send_together(host, ask(client, question))
        await expect_inside(host, barrier, 1, because)
        left = backends.hold("runs")
        exchange = start(host, client, question)
        await expect_inside(host, left, 1, because)
        await leave(host, exchange)
        ended += 1
        expected = "that the run of this client ends, and no other one"
        await expect_soon(host, "ends", ended, expected, NOBODY_READS)
        await expect_end(host, exchange)
        await expect_gone(host, left)
        barrier.open()
        answer = await finish(await expect_answer(host, other, "when its run has ended"))
        ended += 1
        expect(answer).status(200).json(make_answer(question), "This client has stayed.")
    await expect_soon(host, "counted", 3, "that the three answers are counted, and no more")


@criterion(task=1)
async def test_waiting_question_is_dropped(
    client: httpx.AsyncClient, host: Host, backends: Backends, inputs: SeededInputs
) -> None:
    """A question whose client leaves before its turn is never given to the model."""
    barrier = backends.hold("runs")
    busy = [inputs.word() for _ in range(MOST_RUNS)]
    asked = await send_together(host, *(ask(client, each) for each in busy))
    await expect_inside(host, barrier, MOST_RUNS, ROOM)
    dropped = [inputs.word() for _ in range(2)]
    exchanges = [start(host, client, each) for each in dropped]
    await host.settle()
    for exchange in exchanges:
        await leave(host, exchange)
        await expect_end(host, exchange)
    late = inputs.word()
    asked += await send_together(host, ask(client, late))
    await host.settle()
    expect_limit(host)
    barrier.open()
    for question, each in zip([*busy, late], asked, strict=True):
        answer = await expect_answer(host, each, "when the model answers")
        expect(answer).status(200).json(make_answer(question))
    for question in dropped:
        expected = "no run for a question whose client left before its turn"
        await expect_soon(host, "begins", 0, expected, NOBODY_READS, question=question)


@criterion(task=2)
async def test_others_are_answered(hosts: Hosts, backends: Backends, inputs: SeededInputs) -> None:
    """Who stays gets the answer that belongs to the question, whoever leaves meanwhile."""
    for fault in (None, *FAULTS):
        host = await hosts.open()
        async with open_client(host) as client:
            backends.fault = fault
            barrier = backends.hold("runs")
            leaver = start(host, client, inputs.word())
            await expect_inside(host, barrier, 1, ROOM)
            question = inputs.word() * (1 if fault else 20_000)
            (asked,) = await send_together(host, ask(client, question))
            await expect_inside(host, barrier, 2, ROOM if fault else PIECES)
            await leave(host, leaver)
            barrier.open()
            answer = await finish(await expect_answer(host, asked, "when the model answers"))
        if fault is None:
            expect(answer).status(200).json(make_answer(question))
        else:
            expect(answer).status(503, "The model fails.").json(FAILURE)


@criterion(task=2)
async def test_count_follows_answer(
    client: httpx.AsyncClient, host: Host, backends: Backends, inputs: SeededInputs
) -> None:
    """Each answer is counted once after it, also when the client has closed its connection."""
    barrier = backends.hold("counts")
    for number in range(1, 4):
        question = inputs.word()
        request = ask(client, question)
        answer = await expect_answer(host, request, "before `count_answer` is done")
        expect(answer).status(200).json(make_answer(question))
        because = "An answer is counted."
        await expect_inside(host, barrier, 1, because)
        exchange_of(answer).push(DISCONNECT)
        host.history.append("# the client closes its connection after the answer")
        await host.settle(seconds=LATEST)
        barrier.release()
        expected = f"that {number} answers are counted"
        because = "The client left after its answer."
        await expect_soon(host, "counted", number, expected, because)
    barrier.open()
    failed, report, last = (inputs.word() for _ in range(3))
    backends.fault = FAULTS[0]
    await finish(await ask(client, failed))
    backends.fault = None
    await finish(await ask(client, report, "/reports"))
    expect(await finish(await ask(client, last))).status(200)
    expected = "that only answers with status 200 are counted, each of them once"
    await expect_soon(host, "counted", 1, expected, question=last)
    await expect_soon(host, "counted", 4, expected)


@criterion(task=3)
async def test_paid_report_is_finished(
    client: httpx.AsyncClient, host: Host, backends: Backends, inputs: SeededInputs
) -> None:
    """A report keeps its place, and is written and kept once, whenever its client leaves."""
    for moment in ("turn", "run", "note"):
        question, path = inputs.word(), "/reports"
        barrier, notes = backends.hold("runs"), backends.hold("reports")
        busy = [start(host, client, inputs.word()) for _ in range(MOST_RUNS * (moment == "turn"))]
        if busy:
            await expect_inside(host, barrier, MOST_RUNS, ROOM)
        exchange = start(host, client, question, path)
        if moment == "turn":
            await host.settle()
        else:
            await expect_inside(host, barrier, 1, ROOM)
        if moment == "note":
            barrier.open()
            await expect_inside(host, notes, 1, "A report is kept.")
        await leave(host, exchange)
        others = [start(host, client, inputs.word()) for _ in range(MOST_RUNS)]
        await host.settle()
        expect_limit(host)
        barrier.open()
        notes.open()
        expected = "that the report is kept once"
        because = "It is paid, also if its client has left."
        text = make_text(question)
        await expect_soon(host, "kept", 1, expected, because, text=text)
        await expect_soon(host, "begins", 1, "one run for a report", because, question=question)
        for each in (*busy, *others):
            await expect_end(host, each)
    expect_limit(host)
    question = inputs.word()
    answer = await ask(client, question, "/reports")
    text = make_text(question)
    expect(answer).status(201).json({"number": len(text), "text": text})
    await expect_soon(host, "kept", 1, "that the report is kept once", text=text)
    backends.fault = FAULTS[0]
    expect(await ask(client, inputs.word(), "/reports")).status(503).json(FAILURE)
    await expect_soon(host, "kept", 4, "that nothing is kept if the model fails")


@criterion(task=4)
async def test_two_runs_at_most(
    client: httpx.AsyncClient, host: Host, backends: Backends, inputs: SeededInputs
) -> None:
    """Two runs are under way, those of answers and reports together; the others wait."""
    barrier = backends.hold("runs")
    paths = ("/reports", "/answers", "/answers", "/reports", "/answers")
    asked = [
        task
        for path in paths
        for task in await send_together(host, ask(client, inputs.word(), path))
    ]
    await expect_inside(host, barrier, MOST_RUNS, "There are five questions.")
    for _ in range(len(paths) - MOST_RUNS):
        await host.settle()
        expect_limit(host)
        barrier.release(1)
        await expect_inside(host, barrier, MOST_RUNS, "A run has ended, so another one begins.")
    barrier.open()
    for path, each in zip(paths, asked, strict=True):
        answer = await expect_answer(host, each, "when the model answers")
        expect(answer).status(201 if path == "/reports" else 200)
    expect_limit(host)


@criterion(task=4)
async def test_places_are_free_again(
    client: httpx.AsyncClient, host: Host, backends: Backends, inputs: SeededInputs
) -> None:
    """A place is free again whether a run ends with a text, with an error or is cancelled."""
    for path in ("/answers", "/reports"):
        for fault in (FAULTS[0], FAULTS[1], FAULTS[2], None):
            backends.barriers, backends.fault = {}, fault
            moment = "while no run is under way"
            answer = await expect_answer(host, ask(client, inputs.word(), path), moment, ROOM)
            expect(answer).status(503 if fault else 201 if path == "/reports" else 200)
    notes = backends.hold("reports")
    reports = await send_together(
        host, *(ask(client, inputs.word(), "/reports") for _ in range(MOST_RUNS))
    )
    await expect_inside(host, notes, MOST_RUNS, "Two reports are kept.")
    moment = "while two reports are kept, and no run is under way"
    expect(await expect_answer(host, ask(client, inputs.word()), moment, ROOM)).status(200)
    notes.open()
    for each in reports:
        expect(await expect_answer(host, each, "when it is kept")).status(201)
    for _ in range(MOST_RUNS + 1):
        barrier = backends.hold("runs")
        exchanges = [start(host, client, inputs.word()) for _ in range(MOST_RUNS)]
        await expect_inside(host, barrier, MOST_RUNS, ROOM)
        next_one = backends.hold("runs")
        exchanges.append(start(host, client, inputs.word()))  # this one leaves while it waits
        (stayed,) = await send_together(host, ask(client, inputs.word()))
        await host.settle()
        await leave(host, *exchanges)
        for exchange in exchanges:
            await expect_end(host, exchange)
        await expect_inside(host, next_one, 1, "All others have left.")
        next_one.open()
        expect(await expect_answer(host, stayed, "when the model answers")).status(200)
        expect_limit(host)
    barrier = backends.hold("runs")
    asked = await send_together(host, *(ask(client, inputs.word()) for _ in range(MOST_RUNS + 1)))
    await expect_inside(host, barrier, MOST_RUNS, "All other runs have ended.")
    await host.settle()
    barrier.open()
    for each in asked:
        expect(await expect_answer(host, each, "when the model answers")).status(200)
    expect_limit(host)


@criterion(task=2)
async def test_any_request_keeps_rules(oracle: Oracle) -> None:
    """Any questions in any order get the right answers, whoever leaves between them."""
    await oracle.compare()
