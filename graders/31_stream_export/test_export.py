"""Grader of 31_stream_export: what is read, sent and given back while a reader reads, or does not.

A request is over when the application's call has returned or raised.
"""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import httpx

from dojo.grader import (
    BASE_URL,
    Exchange,
    Failure,
    Host,
    Log,
    Oracle,
    SeededInputs,
    Sent,
    count_checked_out,
    criterion,
    exchange_of,
    expect,
    expect_answer,
    finish,
    same_json,
    start_request,
)
from dojo.harness.database import Database

Row = dict[str, Any]

JSON_LINES, CSV = "/shops/{}/orders", "/shops/{}/orders.csv"
FIELDS = ["id", "customer", "note", "cents", "placed_on"]
MANY = 450
"""Orders of a shop that are more than may be read ahead twice."""
A_LOT = 1050
"""More orders than somebody would take at most who thinks of a page."""
UNREADABLE = 300
"""How many of them stand before one that cannot be read."""
MOST_AHEAD = 200
GAP = 400
"""Numbers between two orders of a shop that others have, or nobody."""
ROUNDS = 12
"""Requests that give an app time to read ahead which does so on its own."""
READERS = 5
SUMMER = "?since=2025-03-01&until=2025-09-30"
HOURS = 5 * 3600
LONGEST_NUMBER = 10
TEXT = 'Ring "twice", or call;\nthen wait, please.'


def fill(database: Database, inputs: SeededInputs, number: int = MANY) -> list[Row]:
    """Give the shop in Bergen, which has no orders, so many; give these as an export shows them."""
    rows: list[Row] = [
        {
            "id": 1000 + index + GAP * (index > number // 2),
            "customer": inputs.name(),
            "note": None,
            "cents": inputs.number(),
            "placed_on": f"2025-{1 + index % 12:02}-{1 + index % 28:02}",
        }
        for index in range(number)
    ]
    database.insert("orders", [row | {"shop": "bergen", "margin": 77} for row in rows])
    return rows


def write_text(database: Database, row: Row, customer: str) -> None:
    """Give an order a customer and a note with all that a format may stumble over."""
    row |= {"customer": customer, "note": TEXT}
    values = (row["customer"], row["note"], row["id"])
    database.execute("UPDATE orders SET customer = ?, note = ? WHERE id = ?", values)


def spoil(database: Database, row: Row) -> None:
    """Write what is no date into an order."""
    database.execute("UPDATE orders SET placed_on = 'soon' WHERE id = ?", (row["id"],))


def write_rows(path: str, rows: Sequence[Row]) -> list[Any]:
    """Give what a reader of this export finds in it: objects, or the header and cells."""
    if path == JSON_LINES:
        return list(rows)
    cells = [["" if row[key] is None else str(row[key]) for key in FIELDS] for row in rows]
    return [FIELDS, *cells]


def read_rows(path: str, text: str) -> list[Any] | None:
    """Read an export as its readers do; `None` if it has another form."""
    try:
        if path == JSON_LINES:
            return [json.loads(line) for line in text.split("\n") if line.strip()]
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (ValueError, RecursionError, csv.Error):
        return None


def read_numbers(path: str, text: str) -> list[Any] | None:
    """Give the `id` of each order in an export; `None` if it has another form."""
    rows = read_rows(path, text)
    if rows is None or (path == JSON_LINES and not all(isinstance(each, dict) for each in rows)):
        return None
    if path == JSON_LINES:
        return [each.get("id") for each in rows]
    firsts = ["".join(cells[:1]) for cells in rows[1:]]
    return [
        int(each) if each.isdecimal() and len(each) < LONGEST_NUMBER else each for each in firsts
    ]


def fail(host: Host, exchange: Exchange, expected: str, seen: str, because: str = "") -> Failure:
    """Make a failure about a call that may have broken off."""
    where = exchange.locations or exchange.endpoint
    return Failure(expected, seen, list(host.history), because, where)


def expect_rows(
    host: Host, exchange: Exchange, found: Sequence[Any] | None, wanted: Sequence[Any]
) -> None:
    """Expect what a reader finds in an export, row by row."""
    if found is None:
        expected = "a body that its readers can read, row by row"
        raise fail(host, exchange, expected, f"the body {read_text(host, exchange)[:600]}")
    for number, (one, other) in enumerate(zip(wanted, found, strict=False), start=1):
        if not same_json(one, other):
            expected, seen = (json.dumps(each, ensure_ascii=False) for each in (one, other))
            raise fail(host, exchange, f"as row {number}: {expected}", f"as row {number}: {seen}")
    if len(found) != len(wanted):
        raise fail(host, exchange, f"{len(wanted)} rows", f"{len(found)} rows")


async def expect_export(
    client: httpx.AsyncClient, path: str, shop: str, rows: Sequence[Row], query: str = ""
) -> None:
    """Ask for an export and expect that it is whole; the app is done with it."""
    answer = await finish(await client.get(path.format(shop) + query))
    expect(answer).status(200)
    kind = "application/jsonl" if path == JSON_LINES else "text/csv"
    told = answer.headers.get("content-type", "none")
    if told.partition(";")[0].strip().lower() != kind:
        raise expect(answer).fails(f"the content type '{kind}'", f"the content type '{told}'")
    found = read_rows(path, answer.content.decode("utf-8", "replace"))
    expect_rows(answer.extensions["host"], exchange_of(answer), found, write_rows(path, rows))


def expect_few_ahead(host: Host, exchange: Exchange, path: str, numbers: Sequence[int]) -> None:
    """Expect that at no moment since an export began too much was read ahead of what was sent."""
    orders, read = set(numbers), set()
    sent, open_line, most = -int(path == CSV), 0, (0, 0, 0)
    for event in host.evidence.events[exchange.began :]:
        if isinstance(event, Log) and event.logger == "kata.orders":
            read |= {event.fields.get("order")} & orders
            lines = max(sent + open_line, 0)
            most = max(most, (len(read) - lines, len(read), lines))
        elif isinstance(event, Sent) and event.call == exchange.number and body_of(event):
            sent += body_of(event).count(b"\n")
            open_line = int(not body_of(event).endswith(b"\n"))
    ahead, early, lines = most
    if ahead > MOST_AHEAD:
        seen = f"{ahead} of them: {early} orders are read, and the lines of {lines} are sent"
        because = "What is read and not sent is in memory, and for a slow reader it stays there."
        expected = f"at most {MOST_AHEAD} orders read whose lines are not sent"
        raise fail(host, exchange, expected, seen, because)
    if len(read) < sent:
        expected = "that orders are read with the model `Order`, which reports each of them"
        seen = f"{sent} lines are sent, and {len(read)} orders are read"
        raise fail(host, exchange, expected, seen)


def body_of(sent: Sent) -> bytes:
    """Give what an event adds to a body."""
    body = sent.event.get("body", b"")
    return body if isinstance(body, bytes) else b""


def start(host: Host, path: str) -> Exchange:
    """Ask for an export as a reader that reads when the criterion wants it to."""
    return start_request(host, httpx.Request("GET", f"{BASE_URL}{path}"), stepped=True)


async def read_lines(exchange: Exchange, number: int) -> None:
    """Read until so many lines are there, and then no further."""
    lines = 0
    while (sent := await exchange.next_sent()) is not None:
        lines += body_of(sent).count(b"\n")
        if lines >= number:
            return
        exchange.accept()


async def read_to_end(exchange: Exchange) -> None:
    """Take the event that waits and all that follow."""
    while not exchange.ended:
        exchange.accept()
        await exchange.next_sent()


def read_text(host: Host, exchange: Exchange) -> str:
    """Give what was sent of a body."""
    sent = [each for each in host.evidence.of(Sent) if each.call == exchange.number]
    return b"".join(map(body_of, sent)).decode("utf-8", "replace")


async def add_order(client: httpx.AsyncClient, inputs: SeededInputs) -> httpx.Response:
    """Add an order to the shop in Oslo."""
    order = {"customer": inputs.name(), "cents": inputs.number(), "placed_on": "2026-05-01"}
    return await finish(await client.post("/shops/oslo/orders", json=order))


async def expect_refusals(client: httpx.AsyncClient, path: str) -> None:
    """Expect that what cannot be answered is refused with a status."""
    refused = (
        ("porto", "", 404),
        ("Lisbon", "?since=2026-03-03", 404),
        ("lisbon", "?since=soon", 422),
        ("lisbon", "?until=2026-02-30", 422),
        ("lisbon", "?since=2026-03-09&until=2026-03-02", 422),
        ("bergen", "?since=2026-03-09&until=2025-12-31", 422),
    )
    for shop, query, status in refused:
        answer = await finish(await client.get(path.format(shop) + query))
        exchange = exchange_of(answer)
        if exchange.broken:
            seen = f"the answer starts with the status {answer.status_code}, and breaks off"
            raise fail(answer.extensions["host"], exchange, f"status {status}", seen)
        expect(answer).status(status)


async def expect_pace(
    host: Host, client: httpx.AsyncClient, database: Database, inputs: SeededInputs, path: str
) -> None:
    """Expect that an export is read as it is sent, and that its reader keeps nobody waiting."""
    rows = fill(database, inputs, A_LOT)
    whole = exchange_of(await finish(await client.get(path.format("bergen"))))
    numbers = [row["id"] for row in rows]
    expect_rows(host, whole, read_numbers(path, read_text(host, whole)), numbers)
    expect_few_ahead(host, whole, path, numbers)
    slow = start(host, path.format("bergen"))
    await read_lines(slow, 2)
    host.history.append("# the reader has read two lines, and reads no more for hours")
    await host.settle(seconds=HOURS)
    for _ in range(ROUNDS):
        added = await expect_answer(host, add_order(client, inputs), "while a reader does not read")
        expect(added).status(201)
    expect_few_ahead(host, slow, path, numbers)
    others = [start(host, path.format("bergen")) for _ in range(READERS - 1)]
    for number, each in enumerate(others, start=1):
        at = f"while {number} {'reader does' if number == 1 else 'readers do'} not read"
        await expect_answer(host, read_lines(each, 2), at)
    moment = f"while {READERS} readers do not read"
    host.history.append(f"# now there are {READERS} readers who do not read")
    expect(await expect_answer(host, add_order(client, inputs), moment)).status(201)
    other = client.get(path.format("lisbon"))
    expect(await finish(await expect_answer(host, other, moment))).status(200)
    host.history.append("# the first order, which the reader has, is removed; the reader reads on")
    database.execute("DELETE FROM orders WHERE id = ?", (rows[0]["id"],))
    await read_to_end(slow)
    expect_rows(host, slow, read_numbers(path, read_text(host, slow)), numbers)
    for each in others:
        each.push({"type": "http.disconnect"})
        await read_to_end(each)


async def expect_break(
    host: Host, client: httpx.AsyncClient, database: Database, inputs: SeededInputs, path: str
) -> None:
    """Expect that an export with an order that cannot be read does not look whole."""
    rows = fill(database, inputs)
    for bad in (UNREADABLE, 0):
        spoil(database, rows[bad])
        host.history.append(f"# order {rows[bad]['id']} cannot be read any more")
        answer = await finish(await client.get(path.format("bergen")))
        exchange = exchange_of(answer)
        if answer.status_code == 500 and bad == 0:
            continue
        if answer.status_code != 200:
            expected = "status 200, since the orders before this one can be sent"
            raise fail(host, exchange, expected, f"status {answer.status_code}")
        whole, _, rest = read_text(host, exchange).rpartition("\n")
        found = read_numbers(path, whole)
        if not exchange.broken:
            expected = "that the answer breaks off, since an order in it cannot be read"
            seen = f"{len(found or ())} orders, and then the end of an answer that is complete"
            because = "The accountants would believe that this is the whole export."
            raise fail(host, exchange, expected, seen, because)
        wanted = [row["id"] for row in rows[:bad]]
        last = read_numbers(JSON_LINES, rest) if path == JSON_LINES else []
        found = None if found is None else found + (last or [])
        if found is None or found != wanted[: len(found)]:
            expected = (
                f"the beginning of the export, with no order left out, before {rows[bad]['id']}"
            )
            seen = f"the body {read_text(host, exchange)[-600:]}"
            raise fail(host, exchange, expected, seen)


async def expect_given_back(
    host: Host, client: httpx.AsyncClient, database: Database, inputs: SeededInputs, path: str
) -> None:
    """Expect that no connection is in use once a request is over, however it ends."""
    rows = fill(database, inputs)
    for shop, query in (("bergen", ""), ("porto", ""), ("lisbon", "?since=soon"), ("lisbon", "")):
        answer = await finish(await client.get(path.format(shop) + query))
        expect_no_connection(host, exchange_of(answer), "after the end of the answer")
    for lines, leaves in ((2, True), (MOST_AHEAD + 20, True), (2, False)):
        export = start(host, path.format("bergen"))
        await read_lines(export, lines)
        ends = "the reader has left" if leaves else "the server has cancelled the call"
        host.history.append(f"# after {lines} lines: {ends}")
        if leaves:
            export.push({"type": "http.disconnect"})
        else:
            export.cancel()
        await read_to_end(export)
        expect_no_connection(host, export, f"after {ends}")
    spoil(database, rows[UNREADABLE])
    host.history.append(f"# order {rows[UNREADABLE]['id']} cannot be read any more")
    answer = await finish(await client.get(path.format("bergen")))
    expect_no_connection(host, exchange_of(answer), "after the break")


def expect_no_connection(host: Host, exchange: Exchange, moment: str) -> None:
    """Expect that the app has given all connections back before it is done with a request."""
    if number := count_checked_out(host.evidence, exchange):
        expected = "that no connection is in use when the app is done with the request"
        seen = f"{number} still in use {moment}"
        because = "Nobody has closed the session at this moment."
        raise fail(host, exchange, expected, seen, because)


@criterion(task=1)
async def test_export_is_lines_of_json(
    client: httpx.AsyncClient, database: Database, inputs: SeededInputs
) -> None:
    """Each line of an export is an order as JSON, with the public fields and no others."""
    await expect_export(client, JSON_LINES, "bergen", [])
    rows = fill(database, inputs, 30)
    write_text(database, rows[3], f"{inputs.name()} Ñandú")
    await expect_export(client, JSON_LINES, "bergen", rows)
    for query, since, until in (
        ("?since=2025-06-20", "2025-06-20", "2026"),
        ("?until=2025-04-15", "2025", "2025-04-15"),
        (SUMMER, "2025-03-01", "2025-09-30"),
        ("?since=2026-01-01", "2026-01-01", "2026-01-01"),
    ):
        found = [row for row in rows if since <= row["placed_on"] <= until]
        await expect_export(client, JSON_LINES, "bergen", found, query)


@criterion(task=2)
async def test_export_keeps_pace_with_reader(
    client: httpx.AsyncClient, host: Host, database: Database, inputs: SeededInputs
) -> None:
    """An export reads at most 200 orders ahead, and a reader that stops keeps nobody waiting."""
    await expect_pace(host, client, database, inputs, JSON_LINES)


@criterion(task=3)
async def test_refusals_come_before_lines(client: httpx.AsyncClient) -> None:
    """An unknown shop is a 404 and a bad period a 422: both are known before the first byte."""
    await expect_refusals(client, JSON_LINES)


@criterion(task=3)
async def test_broken_export_shows_it(
    client: httpx.AsyncClient, host: Host, database: Database, inputs: SeededInputs
) -> None:
    """An export that comes to an order that cannot be read breaks off, and leaves out none."""
    await expect_break(host, client, database, inputs, JSON_LINES)


@criterion(task=3)
async def test_connection_comes_back(
    client: httpx.AsyncClient, host: Host, database: Database, inputs: SeededInputs
) -> None:
    """No connection is in use when a request is over, also if its reader leaves in the middle."""
    await expect_given_back(host, client, database, inputs, JSON_LINES)


@criterion(task=4)
async def test_csv_gives_values_back(
    client: httpx.AsyncClient, database: Database, inputs: SeededInputs
) -> None:
    """A CSV reader gets the names of the fields, and then the values of each order."""
    await expect_export(client, CSV, "bergen", [])
    rows = fill(database, inputs, 30)
    write_text(database, rows[3], f"{inputs.name()} Ñandú")
    await expect_export(client, CSV, "bergen", rows)
    found = [row for row in rows if "2025-03-01" <= row["placed_on"] <= "2025-09-30"]
    await expect_export(client, CSV, "bergen", found, SUMMER)


@criterion(task=4)
async def test_csv_keeps_same_promises(
    client: httpx.AsyncClient, host: Host, database: Database, inputs: SeededInputs
) -> None:
    """The CSV keeps pace, refuses first, breaks off and gives connections back as well."""
    await expect_refusals(client, CSV)
    for promise in (expect_given_back, expect_break, expect_pace):
        await promise(host, client, database, inputs, CSV)
        database.execute("DELETE FROM orders WHERE shop = 'bergen'")


@criterion(task=4)
async def test_any_export_is_right(oracle: Oracle) -> None:
    """Whatever an order holds and whoever asks for which days, both formats say what is there."""
    await oracle.compare()
