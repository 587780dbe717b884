"""Grader of 38_pool_exhaustion: a bureau that holds its callers, and a program that writes slowly.

Nothing is timed: the bureau answers when the criterion wants it to, and the seconds for which a
request waits for a connection are those of the app's event loop, which are moved.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from dojo.grader import (
    Failure,
    Host,
    Log,
    Oracle,
    Rendezvous,
    SeededInputs,
    Sent,
    SubmissionError,
    count_checked_out,
    criterion,
    exchange_of,
    expect,
    expect_answer,
    finish,
    meet,
    send_together,
    start_request,
)
from dojo.harness.barriers import Barrier
from dojo.harness.database import Database
from dojo.harness.http_client import BASE_URL, DISCONNECT
from dojo.harness.patience import OutOfPatience
from dojo.harness.upstream import Received, Upstream
from dojo.harness.upstream_protocol import Reply

Row = dict[str, Any]
Task = asyncio.Task[httpx.Response]

POOL_SIZE, POOL_TIMEOUT = 1, 10.0
MANY = 20
HOUR = 3600.0
PART = POOL_TIMEOUT - 4
"""Seconds for which one may wait for a connection, with much room for a slow machine."""
TABLE = "SELECT id, applicant, amount, version, score FROM applications ORDER BY id"
CHANGES = {
    "has another amount": "UPDATE applications SET amount = amount + 1, version = version + 1",
    "has another applicant": "UPDATE applications SET applicant = 'Dora', version = version + 1",
    "had another amount for a while": "UPDATE applications SET version = version + 2",
    "is gone": "DELETE FROM applications",
}
OTHER_PROGRAM = "UPDATE letters SET score = score"
BUREAU, ASKED = "the bureau", "/scores/{applicant}/{amount}"
ONE = f"The app has {POOL_SIZE} connection, and nobody may keep it while the bureau thinks."


@dataclass
class Bureau:
    """What the bureau answers, and the barrier at which it holds its callers."""

    scores: dict[tuple[str, str], int] = field(default_factory=dict)
    gate: Barrier = field(default_factory=Barrier)

    def answer(self, received: Received) -> Reply:
        """Give the score of an application that is known."""
        asked = received.path_parameters
        score = self.scores.get((asked["applicant"], asked["amount"]))
        return (
            Reply.json({"error": "unknown"}, 404) if score is None else Reply.json({"score": score})
        )


@pytest.fixture
def bureau(upstream: Upstream) -> Bureau:
    """Give a bureau that holds everybody."""
    bureau = Bureau()
    hold_callers(upstream, bureau)
    return bureau


def hold_callers(upstream: Upstream, bureau: Bureau) -> None:
    """Hold all callers from now on, at a new barrier."""
    bureau.gate = Barrier()
    upstream.on("GET", ASKED, bureau.answer, barrier=bureau.gate)


def add_applications(
    inputs: SeededInputs, database: Database, bureau: Bureau, count: int
) -> list[Row]:
    """Have another program store applications, which the bureau knows; give them as scored."""
    rows: list[Row] = []
    for number in inputs.numbers(count):
        row: Row = {"id": number, "applicant": f"{inputs.name()} {inputs.name()}"}
        rows.append(row | {"amount": inputs.number(), "version": inputs.randint(1, 9)})
    database.insert("applications", rows)
    for row in rows:
        row["score"] = inputs.randint(1, 999)
        bureau.scores[row["applicant"], str(row["amount"])] = row["score"]
    return rows


def path_of(row: Row, end: str = "") -> str:
    """Give the path of an application."""
    return f"/applications/{row['id']}{end}"


def check(client: httpx.AsyncClient, row: Row) -> Awaitable[httpx.Response]:
    """Check an application."""
    return client.post(path_of(row, "/checks"))


async def wait_for(host: Host, holds: Callable[[], bool]) -> None:
    """Wait for something in the evidence; if it does not come, what follows will say why."""
    with contextlib.suppress(OutOfPatience):
        await host.patience.wait(host.evidence.until(holds))


async def wait_for_write(host: Host, began: int) -> bool:
    """Wait until the app writes, for which it needs the lock, or has answered; tell whether."""
    starts = ("UPDATE", "INSERT", "DELETE", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE")

    def is_there() -> bool:
        events = host.evidence.events[began:]
        messages = [event.message.lstrip() for event in events if isinstance(event, Log)]
        return has_answered(host, began) or any(each.startswith(starts) for each in messages)

    await wait_for(host, is_there)
    return is_there()


def has_answered(host: Host, began: int) -> bool:
    """Tell whether anybody got an answer since then."""
    return any(isinstance(event, Sent) for event in host.evidence.events[began:])


@contextlib.asynccontextmanager
async def hold_connection(
    client: httpx.AsyncClient, host: Host, database: Database, row: Row
) -> AsyncIterator[Task]:
    """Let a `PATCH` have the connection and wait for another program, for the body of the block."""
    began = len(host.evidence)
    host.history.append("# another program writes, and has not committed yet")
    with database.transaction(OTHER_PROGRAM):
        change = client.patch(path_of(row), json={"amount": row["amount"] + 1})
        [task] = await send_together(host, change)
        if not await wait_for_write(host, began):
            because = "Nobody has to keep it at that moment."
            seen = "it does not come to its statement"
            expected = "that the `PATCH` gets the only connection"
            raise Failure(expected, seen, list(host.history), because)
        yield task
        host.history.append("# the other program commits")


async def answer_one_by_one(
    rendezvous: Rendezvous, host: Host, gate: Barrier
) -> list[httpx.Response]:
    """Let the bureau answer one check after the other, and expect that each of them ends."""
    ended: list[httpx.Response] = []
    while tasks := [task for task in rendezvous.tasks if not task.done()]:
        gate.release(1)
        first = asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        moment = f"once the bureau has answered {len(ended) + 1} of {len(rendezvous.tasks)} checks"
        done, _ = await expect_answer(host, first, moment)
        ended += [await end(task.result()) for task in done]
    return [task.result() for task in rendezvous.tasks]


async def end(answer: httpx.Response) -> httpx.Response:
    """Expect that the app is done with a request, also with its letter, soon after its answer."""
    host: Host = answer.extensions["host"]
    try:
        return await finish(answer)
    except SubmissionError as error:
        if error.kind != "hang":
            raise
        because = "Does anybody still have the connection that is needed for that?"
        where = tuple(error.where)
    seen = "it is not done, and something waits"
    expected = "that the app is done with the request soon after its answer"
    raise Failure(expected, seen, list(host.history), because, where)


def expect_rows(response: httpx.Response, database: Database, wanted: list[Row]) -> None:
    """Expect these applications in the database after an answer."""
    if (rows := database.rows(TABLE)) != wanted:
        [*changed] = [each for each in rows if each not in wanted]
        expected = f"the applications {[each for each in wanted if each not in rows]}"
        raise expect(response).fails(expected, f"{response.status_code}, and they are {changed}")


def count_most_open(host: Host) -> int:
    """Count the connections that were open at the same moment."""
    number = most = 0
    for log in host.evidence.logs("kata.connections"):
        number += {"opened": 1, "closed": -1}[log.message]
        most = max(most, number)
    return most


def list_calls(upstream: Upstream) -> list[str]:
    """Give what the bureau was asked, in no order."""
    return sorted(each.target for each in upstream.requests)


@criterion(task=1, points=2)
async def test_checks_wait_together(
    client: httpx.AsyncClient,
    host: Host,
    upstream: Upstream,
    database: Database,
    bureau: Bureau,
    inputs: SeededInputs,
) -> None:
    """Twenty checks wait for the bureau together; everybody else is answered meanwhile."""
    *checked, other = add_applications(inputs, database, bureau, 5)
    chosen = [checked[each % len(checked)] for each in range(MANY)]
    rendezvous = await meet(host, bureau.gate, *(check(client, row) for row in chosen))
    rendezvous.expect_all_inside(BUREAU, ONE)
    moment = f"while {MANY} checks wait for the bureau"
    changes = {"amount": 7, "version": other["version"] + 1}
    for method, row, body in (
        ("GET", other, None),
        ("PATCH", other | changes, {"amount": 7}),
        ("GET", checked[0], None),
    ):
        request = client.request(method, path_of(row), json=body)
        answer = await expect_answer(host, request, moment, ONE)
        expect(answer).status(200).json(row | {"score": None})
    began = len(host.evidence)
    host.history.append("# the bureau thinks for an hour")
    await host.settle(seconds=HOUR)
    if has_answered(host, began):
        seen = "a check is answered before the bureau has answered"
        raise Failure("that each check waits for the bureau", seen, list(host.history))
    for row, answer in zip(
        chosen, await answer_one_by_one(rendezvous, host, bureau.gate), strict=True
    ):
        expect(answer).status(200).json(row)
    if len(upstream.requests) != MANY:
        expected, seen = f"{MANY} calls of the bureau", f"{len(upstream.requests)} calls"
        raise Failure(expected, seen, list(host.history), "Each check asks once.")


@criterion(task=1)
async def test_connections_stay_few(
    client: httpx.AsyncClient,
    host: Host,
    database: Database,
    bureau: Bureau,
    inputs: SeededInputs,
) -> None:
    """The app never has more connections open than `POOL_SIZE`, and none when it has stopped."""
    bureau.gate.open()
    rows = add_applications(inputs, database, bureau, 3)
    async with hold_connection(client, host, database, rows[0]) as holder:
        requests = [client.get(path_of(row)) for row in rows] + [check(client, rows[1])]
        tasks = await send_together(host, *requests)
        await host.settle()
    for task in (holder, *tasks):
        answer = await expect_answer(host, task, "once the other program has committed")
        expect(await end(answer)).status(200)
    host.history.append("# the app stops")
    await host.stop()
    most = count_most_open(host)
    if most == 0:
        expected = "connections that an engine of SQLAlchemy opens"
        raise Failure(expected, "none at all", list(host.history))
    if most > POOL_SIZE:
        expected = f"at most {POOL_SIZE} connection to the database at any moment"
        seen = f"{most} connections are open at the same moment"
        raise Failure(expected, seen, list(host.history), "The database team grants no more.")
    logs = host.evidence.logs("kata.connections")
    if opened := sum({"opened": 1, "closed": -1}[log.message] for log in logs):
        expected = "that no connection is open when the app has stopped"
        raise Failure(expected, f"{opened} still open", list(host.history))


@criterion(task=2)
async def test_changed_application_is_conflict(
    client: httpx.AsyncClient,
    host: Host,
    upstream: Upstream,
    database: Database,
    bureau: Bureau,
    inputs: SeededInputs,
) -> None:
    """A check is a 409 and stores nothing if its application has changed; else it is a 200."""
    for words, sql in CHANGES.items():
        row, other = add_applications(inputs, database, bureau, 2)
        hold_callers(upstream, bureau)
        rendezvous = await meet(host, bureau.gate, check(client, row))
        rendezvous.expect_all_inside(BUREAU, ONE)
        host.history.append(f"# application {row['id']} {words} now")
        database.execute(f"{sql} WHERE id = ?", (row["id"],))
        wanted = database.rows(TABLE)
        [answer] = await rendezvous.part()
        expect(answer).status(409, f"The bureau was asked before application {row['id']} changed.")
        expect_rows(answer, database, wanted)
        host.history.append(f"# application {other['id']} has not changed")
        moment = "although another application has changed"
        good = await end(await expect_answer(host, check(client, other), moment))
        expect(good).status(200).json(other)
        scored = [other if each["id"] == other["id"] else each for each in wanted]
        expect_rows(good, database, scored)


@criterion(task=2)
async def test_last_moment_is_conflict(
    client: httpx.AsyncClient,
    host: Host,
    database: Database,
    bureau: Bureau,
    inputs: SeededInputs,
) -> None:
    """A check is a 409 also if another program commits while the score is being stored."""
    [row] = add_applications(inputs, database, bureau, 1)
    rendezvous = await meet(host, bureau.gate, check(client, row))
    rendezvous.expect_all_inside(BUREAU, ONE)
    began = len(host.evidence)
    host.history.append("# another program changes the amount, and has not committed yet")
    sql = f"{CHANGES['has another amount']} WHERE id = ?"
    with database.transaction(sql, (row["id"],)):
        bureau.gate.open()
        await wait_for_write(host, began)
        host.history.append("# the other program commits")
    wanted = database.rows(TABLE)
    [answer] = await rendezvous.part()
    expect(answer).status(409, "The change was committed before the score could be stored.")
    expect_rows(answer, database, wanted)


@criterion(task=3)
async def test_letters_follow_answers(
    client: httpx.AsyncClient,
    host: Host,
    upstream: Upstream,
    database: Database,
    bureau: Bureau,
    inputs: SeededInputs,
) -> None:
    """A letter with the score follows each 200 of a check, and no other answer."""
    bureau.gate.open()
    *rows, other = add_applications(inputs, database, bureau, 4)
    for row in rows:
        answer = await expect_answer(host, check(client, row), "in any case", ONE)
        expect(answer).status(200).json(row)
        await end(answer)
        expect_letter(host, answer, row)
    upstream.on("GET", ASKED, Reply.json({"error": "late"}, 504))
    host.history.append("# the bureau fails")
    failed = await end(await check(client, other))
    expect(failed).status(502)
    expect(await end(await check(client, {"id": 2_000_000_000}))).status(404)
    stored = database.rows("SELECT application_id, score FROM letters ORDER BY id")
    wanted = [{"application_id": row["id"], "score": row["score"]} for row in rows]
    if stored != wanted:
        raise expect(failed).fails(f"the letters {wanted}", f"the letters {stored}")


def expect_letter(host: Host, answer: httpx.Response, row: Row) -> None:
    """Expect that the letter of an application was begun after its answer had been sent."""
    letters = host.evidence.logs("kata.letters", "begins", application=row["id"])
    if len(letters) != 1:
        expected = f"that `send_letter` is called once for application {row['id']}"
        raise expect(answer).fails(expected, f"{len(letters)} calls")
    call = exchange_of(answer).number
    ends = [event.position for event in host.evidence.of(Sent) if event.call == call]
    if letters[0].position < max(ends):
        expected = "that `send_letter` is called after the answer was sent"
        raise expect(answer).fails(expected, "it is called before that")


@criterion(task=3)
async def test_connections_are_given_back(
    client: httpx.AsyncClient,
    host: Host,
    upstream: Upstream,
    database: Database,
    bureau: Bureau,
    inputs: SeededInputs,
) -> None:
    """When the app is done with a request, also with one that failed, it uses no connection."""
    bureau.gate.open()
    rows = add_applications(inputs, database, bureau, 3)
    bad = {"id": 2_000_000_000}, {"id": 0}
    calls: list[tuple[str, str, Any]] = [("GET", path_of(row), None) for row in (*rows, *bad)]
    calls += [("PATCH", path_of(row), {"amount": row["id"]}) for row in (rows[2], *bad)]
    calls += [("PATCH", path_of(rows[0]), {"amount": 0})]
    calls += [("POST", path_of(row, "/checks"), None) for row in (rows[0], *bad, rows[1])]
    replies = (bureau.answer, Reply.json({}, 500), Reply.hang_up(), Reply.json({"score": None}))
    for reply in replies:
        upstream.on("GET", ASKED, reply)
        for method, path, body in inputs.sample(calls, len(calls)):
            expect_none_taken(host, await end(await client.request(method, path, json=body)))
            bureau.scores.setdefault((rows[2]["applicant"], str(rows[2]["id"])), 1)
    hold_callers(upstream, bureau)
    left = start_request(host, httpx.Request("POST", f"{BASE_URL}{path_of(rows[0], '/checks')}"))
    await wait_for(host, lambda: bureau.gate.waiting == 1)
    host.history.append("# the client leaves, then the bureau answers")
    left.push(DISCONNECT)
    bureau.gate.open()
    await left.wait_until_ended()
    answer = await expect_answer(host, client.get(path_of(rows[0])), "after all that")
    expect_none_taken(host, await end(answer))


def expect_none_taken(host: Host, answer: httpx.Response) -> None:
    """Expect that nobody has a connection now that the app is done with a request."""
    if number := count_checked_out(host.evidence, exchange_of(answer)):
        expected = "that no connection is in use when the app is done with the request"
        raise expect(answer).fails(expected, f"{number} in use: no one has given it back")


@criterion(task=4, points=2)
async def test_busy_database_is_unavailable(
    client: httpx.AsyncClient,
    host: Host,
    upstream: Upstream,
    database: Database,
    bureau: Bureau,
    inputs: SeededInputs,
) -> None:
    """A request waits for a connection; after `POOL_TIMEOUT` seconds it is a 503 that says so."""
    holding, row, checked, scored = add_applications(inputs, database, bureau, 4)
    upstream.on("GET", ASKED, bureau.answer)
    async with hold_connection(client, host, database, holding) as holder:
        waiting = await send_waiting(client, host, row, checked)
        await pass_time(host, PART)
    moment = "now that the connection is free again"
    for task in (holder, *waiting):
        because = f"A connection is free {PART:.0f} seconds after it began to wait for one."
        answer = await expect_answer(host, task, moment)
        expect(await end(answer)).status(200, because)
    hold_callers(upstream, bureau)
    rendezvous = await meet(host, bureau.gate, check(client, scored))
    rendezvous.expect_all_inside(BUREAU, ONE)
    upstream.on("GET", ASKED, bureau.answer)  # others are not held
    before, answered = database.rows(TABLE), len(host.evidence.logs("kata.bureau", "answered"))
    async with hold_connection(client, host, database, holding) as holder:
        host.history.append("# the bureau answers the first check")
        bureau.gate.open()
        await wait_for(host, lambda: len(host.evidence.logs("kata.bureau", "answered")) > answered)
        waiting = [*rendezvous.tasks, *await send_waiting(client, host, row, checked)]
        await pass_time(host, POOL_TIMEOUT + 1)
        moment = f"{POOL_TIMEOUT:.0f} seconds after it began to wait for a connection"
        answers = [await expect_answer(host, task, moment) for task in waiting]
        for answer in answers:
            expect_unavailable(answer)
        if holder.done():
            because = "It has the connection, and its statement waits for the other program."
            raise expect(holder.result()).fails("no answer to the `PATCH` yet", "", because)
    changed = expect(await holder).status(200, "It had the connection all the time.").response
    changes = {"amount": holding["amount"] + 1, "version": holding["version"] + 2}
    wanted = [each | (changes if each["id"] == holding["id"] else {}) for each in before]
    expect_rows(changed, database, wanted)
    began = len(host.evidence)
    host.history.append("# another program writes, and has not committed yet")
    with database.transaction(OTHER_PROGRAM):
        [task] = await send_together(host, check(client, scored))
        await wait_for_write(host, began)
        await pass_time(host, POOL_TIMEOUT + 1)
        if has_answered(host, began):
            seen = "it is answered, although its score cannot be stored yet"
            because = "It has the connection, and its statement waits for the other program."
            raise Failure("that the check is not given up", seen, list(host.history), because)
        host.history.append("# the other program commits")
    again = await expect_answer(host, task, "now that the other program has committed")
    expect(again).status(200).json(scored)


async def send_waiting(client: httpx.AsyncClient, host: Host, row: Row, checked: Row) -> list[Task]:
    """Send requests that all need a connection, and let them come to where they wait for it."""
    body = {"amount": row["amount"]}
    requests = (client.get(path_of(row)), client.patch(path_of(row), json=body))
    tasks = await send_together(host, *requests, check(client, checked))
    await rest(host)
    return tasks


async def rest(host: Host) -> None:
    """Wait until the app does nothing more, also in threads: each request waits for others."""

    async def come() -> None:
        while await host.settle():
            pass

    with contextlib.suppress(OutOfPatience):
        await host.patience.wait(come())


async def pass_time(host: Host, seconds: float) -> None:
    """Let seconds go by for those who wait in the app's event loop."""
    host.history.append(f"# {seconds:.0f} seconds go by")
    await host.settle(seconds=seconds)


def expect_unavailable(answer: httpx.Response) -> None:
    """Expect a 503 that says when to come again."""
    expect(answer).status(503, "Somebody else has the only connection.")
    told = answer.headers.get("retry-after", "")
    if not (told.isascii() and told.isdecimal() and int(told) >= 1):
        expected = "a header 'retry-after' with a whole number of seconds, at least 1"
        seen = f"'retry-after: {told}'" if told else "no header 'retry-after'"
        raise expect(answer).fails(expected, seen)


@criterion(task=4)
async def test_any_request_keeps_promises(oracle: Oracle) -> None:
    """Whoever checks, reads and changes whatever, the answer is the promised one."""
    await oracle.compare()
