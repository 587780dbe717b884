"""Grader of 23_commit_before_response: what another connection sees when an answer starts.

A request counts as over when the application's call has returned, background tasks included.
"""

import contextlib
import re
from collections.abc import Sequence
from typing import Any

import httpx

from dojo.grader import (
    BASE_URL,
    Exchange,
    Failure,
    Host,
    Oracle,
    SeededInputs,
    Sent,
    count_checked_out,
    criterion,
    exchange_of,
    expect,
    expect_answer,
    finish,
    send_together,
    start_request,
)
from dojo.harness.database import Database
from dojo.harness.patience import OutOfPatience

Row = dict[str, Any]
Call = tuple[str, str, Any]

DEMO: list[Row] = [
    {"seat": "A1", "guest": "Asha", "moves": 0},
    {"seat": "A2", "guest": "Ben", "moves": 0},
    {"seat": "B1", "guest": "Carla", "moves": 2},
]
MANY_SEATS = [f"{row}{number}" for row in "CDE" for number in range(1, 51)]
"""More than may be read ahead."""
MOST_AHEAD = 100
WRITES = re.compile(r"\s*(INSERT|UPDATE|REPLACE|BEGIN (IMMEDIATE|EXCLUSIVE))", re.IGNORECASE)


def read_bookings(database: Database) -> list[Row]:
    """Give the bookings as another connection sees them."""
    return database.rows("SELECT seat, guest, moves FROM bookings ORDER BY seat")


def set_ledger(database: Database, state: str) -> None:
    """Let the ledger take entries or refuse them."""
    database.execute("UPDATE ledgers SET state = ?", (state,))


def draw_seats(inputs: SeededInputs, number: int) -> list[str]:
    """Draw free seats."""
    return [f"{row}{inputs.randint(1, 99)}" for row in inputs.sample("FGHJKLMNPQRSTUVWXYZ", number)]


async def ask(client: httpx.AsyncClient, call: Call) -> httpx.Response:
    """Send a request and wait until the app is done with it."""
    method, path, body = call
    return await finish(await client.request(method, path, json=body))


def start(host: Host, call: Call) -> Exchange:
    """Send a request as a client that reads as slowly as the criterion wants."""
    method, path, body = call
    return start_request(host, httpx.Request(method, f"{BASE_URL}{path}", json=body), stepped=True)


async def read_to_end(exchange: Exchange) -> None:
    """Take the event that waits and all that follow."""
    while not exchange.ended:
        exchange.accept()
        await exchange.next_sent()


def describe(rows: Sequence[Row]) -> str:
    """Write bookings."""
    return ", ".join(f"{row['seat']} {row['guest']} ({row['moves']} moves)" for row in rows)


def expect_bookings(database: Database, rows: Sequence[Row], answer: httpx.Response) -> None:
    """Expect these bookings in the database after an answer."""
    seen = read_bookings(database)
    if seen != sorted(rows, key=lambda row: row["seat"]):
        expected = f"the bookings {describe(rows)} in the database"
        raise expect(answer).fails(expected, f"status {answer.status_code}, and {describe(seen)}")


def tickets_of(host: Host, answer: httpx.Response) -> list[str]:
    """Give what `send_ticket` reported on behalf of a request."""
    call = exchange_of(answer).number
    logs = host.evidence.logs("kata.tickets")
    return [f"{log.message} {log.fields['seat']}" for log in logs if log.call == call]


@criterion(task=1)
async def test_success_is_committed_first(
    host: Host, database: Database, inputs: SeededInputs
) -> None:
    """When the answer of a `POST`, `PATCH` or `DELETE` starts, others see the change."""
    booked, moved = draw_seats(inputs, 2)
    guest = inputs.name()
    asha, ben, carla = DEMO
    new = {"seat": booked, "guest": guest, "moves": 0}
    for call, status, rows in (
        (("POST", "/bookings", {"seat": booked, "guest": guest}), 201, [asha, ben, carla, new]),
        (("PATCH", "/bookings/A1", {"seat": moved}), 200, [ben, carla, new, move(asha, moved)]),
        (("DELETE", "/bookings/A2", None), 204, [carla, new, move(asha, moved)]),
    ):
        exchange = start(host, call)
        sent = await exchange.next_sent()
        found = sent and sent.event.get("status")
        where = exchange.locations or exchange.endpoint
        if found != status:
            raise Failure(f"status {status}", f"status {found}", list(host.history), "", where)
        seen = read_bookings(database)
        if seen != sorted(rows, key=lambda row: row["seat"]):
            expected = f"when the answer starts, another connection finds {describe(rows)}"
            because = "The client believes its answer from this moment on."
            seen_rows = f"the answer starts with {found}, and there is {describe(seen)}"
            raise Failure(expected, seen_rows, list(host.history), because, where)
        await read_to_end(exchange)


def move(row: Row, seat: str) -> Row:
    """Give a booking as it is after a move."""
    return row | {"seat": seat, "moves": row["moves"] + 1}


@criterion(task=1)
async def test_tickets_follow_the_commit(
    client: httpx.AsyncClient, host: Host, database: Database, inputs: SeededInputs
) -> None:
    """`send_ticket` is called once for a booking or a move, when it is stored, and else never."""
    booked, moved, free = draw_seats(inputs, 3)
    post = {"seat": booked, "guest": inputs.name()}
    calls: list[tuple[Call, list[str]]] = [
        (("POST", "/bookings", post), [f"sent {booked}"]),
        (("PATCH", f"/bookings/{booked}", {"seat": moved}), [f"sent {moved}"]),
        (("POST", "/bookings", {"seat": "A1", "guest": "Dora"}), []),
        (("PATCH", "/bookings/A1", {"seat": "A2"}), []),
        (("PATCH", "/bookings/B1", {"seat": free}), []),
        (("PATCH", f"/bookings/{free}", {"seat": "A1"}), []),
        (("DELETE", "/bookings/A2", None), []),
        (("GET", "/bookings/A1", None), []),
    ]
    for state in ("open", "locked", "closed"):
        set_ledger(database, state)
        if state != "open":
            calls = [(("POST", "/bookings", {"seat": free, "guest": "Dora"}), [])]
            calls += [(("PATCH", "/bookings/A1", {"seat": free}), [])]
        for call, expected in calls:
            answer = await ask(client, call)
            if (seen := tickets_of(host, answer)) != expected:
                wanted, told = (
                    " and ".join(f"'{each}'" for each in reports) or "nothing"
                    for reports in (expected, seen)
                )
                raise expect(answer).fails(
                    f"`send_ticket` reports {wanted} for this request",
                    f"it reports {told}; the status is {answer.status_code}",
                )


@criterion(task=2)
async def test_taken_seat_is_conflict(
    client: httpx.AsyncClient, host: Host, database: Database, inputs: SeededInputs
) -> None:
    """A seat of another booking is a 409, also if it is booked at the same moment."""
    rows = list(DEMO)
    for call in calls_for("A2", inputs):
        answer = await ask(client, call)
        expect(answer).status(409)
        expect_bookings(database, rows, answer)
    for seat, index in zip(draw_seats(inputs, 2), (0, 1), strict=True):
        rival, call = inputs.name(), calls_for(seat, inputs)[index]
        host.history.append(f"# another process books {seat}, and has not committed yet")
        sql = "INSERT INTO bookings (seat, guest, moves) VALUES (?, ?, 0)"
        with database.transaction(sql, (seat, rival)):
            [task] = await send_together(host, ask(client, call))
            await wait_for_write(host)
            host.history.append("# the other process commits")
        answer = await host.patience.wait(task)
        expect(answer).status(409, "The seat was free when the app could look, and not any more.")
        rows.append({"seat": seat, "guest": rival, "moves": 0})
        expect_bookings(database, rows, answer)


def calls_for(seat: str, inputs: SeededInputs) -> list[Call]:
    """Give the ways to ask for a seat."""
    booking = {"seat": seat, "guest": inputs.name()}
    return [("POST", "/bookings", booking), ("PATCH", "/bookings/A1", {"seat": seat})]


async def wait_for_write(host: Host) -> None:
    """Wait until the app writes, for which it needs the lock, or has answered."""
    began = len(host.evidence)

    def is_there() -> bool:
        events = host.evidence.events[began:]
        messages = [getattr(event, "message", "") for event in events]
        return any(isinstance(event, Sent) for event in events) or any(map(WRITES.match, messages))

    with contextlib.suppress(OutOfPatience):  # it may need the lock before it says so
        await host.patience.wait(host.evidence.until(is_there))


@criterion(task=2)
async def test_refused_change_is_no_success(
    client: httpx.AsyncClient, database: Database, inputs: SeededInputs
) -> None:
    """What the database refuses for another reason is a 500 or 503, and stores nothing."""
    [free] = draw_seats(inputs, 1)
    guest = inputs.name()
    calls: list[Call] = [
        ("POST", "/bookings", {"seat": free, "guest": guest}),
        ("PATCH", "/bookings/A1", {"seat": free}),
        ("DELETE", "/bookings/A2", None),
    ]
    for state in ("closed", "locked"):
        set_ledger(database, state)
        for call in calls:
            answer = await ask(client, call)
            if answer.status_code not in (500, 503):
                moment = {"closed": "at the COMMIT", "locked": "at the statement"}[state]
                seen = f"status {answer.status_code} {answer.text}".strip()
                because = f"The database refuses this change {moment}, and no seat is to blame."
                raise expect(answer).fails("status 500 or 503", seen, because)
            expect_bookings(database, DEMO, answer)
    set_ledger(database, "open")
    answer = await ask(client, calls[0])
    expect(answer).status(201)
    expect_bookings(database, [*DEMO, {"seat": free, "guest": guest, "moves": 0}], answer)


@criterion(task=3)
async def test_refused_move_changes_nothing(
    client: httpx.AsyncClient, database: Database, inputs: SeededInputs
) -> None:
    """The third move is a 403 and leaves the booking as it was."""
    first, second, third = draw_seats(inputs, 3)
    for path, seat in (("A1", first), (first, second)):
        expect(await ask(client, ("PATCH", f"/bookings/{path}", {"seat": seat}))).status(200)
    rows = [DEMO[1], DEMO[2], DEMO[0] | {"seat": second, "moves": 2}]
    for path, seat in ((second, third), ("B1", third), ("B1", "A2"), ("B1", "B1")):
        answer = await ask(client, ("PATCH", f"/bookings/{path}", {"seat": seat}))
        expect(answer).status(403)
        expect_bookings(database, rows, answer)


@criterion(task=3)
async def test_connections_are_given_back(
    client: httpx.AsyncClient, host: Host, database: Database, inputs: SeededInputs
) -> None:
    """After each request, however it ends, no connection is in use any more."""
    booked, moved, free = draw_seats(inputs, 3)
    refused: list[Call] = [
        ("PATCH", "/bookings/A1", {"seat": free}),
        ("DELETE", "/bookings/A1", None),
    ]
    states: list[tuple[str, list[Call]]] = [
        ("open", [("POST", "/bookings", {"seat": booked, "guest": "Dora"})]),
        ("open", [("PATCH", f"/bookings/{booked}", {"seat": moved})]),
        ("open", [("DELETE", f"/bookings/{moved}", None), ("GET", "/bookings/A1", None)]),
        ("open", [("GET", f"/bookings/{free}", None), ("POST", "/bookings", {"seat": ""})]),
        ("open", [*calls_for("A2", inputs), ("PATCH", "/bookings/B1", {"seat": free})]),
        ("locked", [*calls_for(free, inputs), *refused]),
        ("closed", [*calls_for(free, inputs), *refused]),
        ("open", [("GET", "/exports/bookings", None)]),
    ]
    for state, calls in states:
        set_ledger(database, state)
        for call in calls:
            expect_given_back(host, exchange_of(await ask(client, call)))
    fill(database)
    export = start(host, ("GET", "/exports/bookings", None))
    await read_first_line(export)
    host.history.append("# the client leaves after the first line")
    export.push({"type": "http.disconnect"})
    await read_to_end(export)
    expect_given_back(host, export)


def expect_given_back(host: Host, exchange: Exchange) -> None:
    """Expect that nobody has a connection once a request is over."""
    if number := count_checked_out(host.evidence, exchange):
        expected = "that no connection is in use when the app is done with the request"
        seen = f"{number} of them {'is' if number == 1 else 'are'}: nobody has closed the session"
        where = exchange.locations or exchange.endpoint
        raise Failure(expected, seen, list(host.history), "", where)


def fill(database: Database) -> list[Row]:
    """Book many seats."""
    rows: list[Row] = [{"seat": seat, "guest": f"Guest of {seat}"} for seat in MANY_SEATS]
    database.insert("bookings", [row | {"moves": 0} for row in rows])
    demo = [{"seat": row["seat"], "guest": row["guest"]} for row in DEMO]
    return sorted([*demo, *rows], key=lambda row: str(row["seat"]))


async def read_first_line(exchange: Exchange) -> None:
    """Read until the first bytes of the body are there, and then no further."""
    while (sent := await exchange.next_sent()) is not None and not sent.event.get("body"):
        exchange.accept()


@criterion(task=4)
async def test_export_reads_while_sending(
    client: httpx.AsyncClient, host: Host, database: Database, inputs: SeededInputs
) -> None:
    """The export reads bookings while it sends them, and nobody waits for its client."""
    rows = fill(database)
    answer = await ask(client, ("GET", "/exports/bookings", None))
    expect(answer).status(200)
    if (lines := expect(answer).read_lines()) != rows:
        expected = f"{len(rows)} lines, each with the seat and the guest, in the order of the seats"
        raise expect(answer).fails(expected, f"{len(lines)} lines, the last of them {lines[-1:]}")
    expect_few_rows_ahead(host, answer)

    export = start(host, ("GET", "/exports/bookings", None))
    await read_first_line(export)
    host.history.append("# the client has read the first line, and reads no more")
    [free] = draw_seats(inputs, 1)
    booking = {"seat": free, "guest": inputs.name()}
    for call, status in (
        (("POST", "/bookings", booking), 201),
        (("GET", f"/bookings/{free}", None), 200),
        (("DELETE", f"/bookings/{free}", None), 204),
        (("GET", "/exports/bookings", None), 200),
        (("DELETE", f"/bookings/{rows[0]['seat']}", None), 204),  # whose line is sent already
    ):
        slow = "while a client reads an export slowly"
        expect(await expect_answer(host, ask(client, call), slow)).status(
            status, f"So it is {slow}."
        )
    await read_to_end(export)
    chunks = [
        each.event.get("body", b"") for each in host.evidence.of(Sent) if each.call == export.number
    ]
    if (seen := b"".join(chunks).count(b"\n")) != len(rows):
        where = export.locations or export.endpoint
        expected = f"{len(rows)} lines for the slow client as well"
        raise Failure(expected, f"{seen} lines", list(host.history), "", where)


def expect_few_rows_ahead(host: Host, export: httpx.Response) -> None:
    """Expect that no line of an export waits for rows far behind it."""
    exchange = exchange_of(export)
    rows = host.evidence.logs_of("sqlalchemy.engine", exchange.number, exchange.began)
    reads = [log.position for log in rows if log.message.startswith("Row ")]
    line = 1
    for event in host.evidence.of(Sent):
        chunk = event.event.get("body", b"") if event.call == exchange.number else b""
        early = sum(position < event.position for position in reads)
        if chunk.strip() and early > line + MOST_AHEAD:
            expected = f"at most {MOST_AHEAD} bookings read ahead of line {line}"
            raise expect(export).fails(expected, f"{early} rows are read before it is sent")
        line += chunk.count(b"\n")


@criterion(task=4)
async def test_any_answer_is_true(oracle: Oracle) -> None:
    """Whoever asks for whatever, in whatever order, the answer says what is in the database."""
    await oracle.compare()
