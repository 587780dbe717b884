"""Grader of 03_dependencies: sessions are watched through what `app/database.py` reports.

A request counts as over when the application's call has returned, not when its body is complete:
with FastAPI's default scope a dependency's exit code runs after the last byte.
"""

import math
from collections.abc import Collection
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
    call_ended,
    criterion,
    exchange_of,
    expect,
    expect_answer,
    expect_events,
    finish,
    logged,
    start_request,
)

KEY = {"X-API-Key": "demo-key"}
SESSION = "kata.session"
WORK = ("opened", "read", "added", "committed")
TOO_MANY: dict[str, Any] = {"item": "pedals", "pieces": 900, "boxes": 1}
MISSING = ("GET", "/orders/99999", None)
MISSING_CUSTOMER = ("GET", "/customers/99/orders", None)
CRASH = ("GET", "/orders/104", None)
LAST_PIECES = ("POST", "/customers/2/orders", {"item": "rims", "pieces": 52, "boxes": 4})
"""An order with which customer 2 has 250 pieces on order, exactly the limit."""
ONE_MORE = ("POST", "/customers/2/orders", {"item": "rims", "pieces": 1, "boxes": 1})
REFUSED = ("POST", "/customers/2/orders", TOO_MANY)
INVALID = ("POST", "/customers/1/orders", {"item": "", "pieces": 0, "boxes": 1})
ORPHAN = ("POST", "/customers/99/orders", {"item": "forks", "pieces": 1, "boxes": 1})
CUSTOMER_ORDERS = ("GET", "/customers/1/orders", None)
ORDER = ("GET", "/orders/101", None)
EXPORT = ("GET", "/exports/orders", None)
OLD_ORDERS = 6
OLD_ORDERS_OF_ONE = 3
MANY_ORDERS = 10
"""With the old ones this is more than the usual page holds."""
MOST_ROWS_AHEAD = 3

Step = tuple[str, str, Any]


async def ask(client: httpx.AsyncClient, step: Step, headers: Any = KEY) -> httpx.Response:
    """Send one request and wait until the app is done with it."""
    method, path, body = step
    return await finish(await client.request(method, path, json=body, headers=headers))


def draft(inputs: SeededInputs) -> dict[str, Any]:
    """Draw a small order, of which the last box is a quarter full."""
    item = f' "Zoe\u0308"\t50%41 \U0001f469\u200d\U0001f680 {inputs.name()} '
    return {"item": item, "pieces": 4 * inputs.randint(1, 2) + 1, "boxes": 4}


def records_of(host: Host, exchange: Exchange, *messages: str) -> list[Log]:
    """Give what sessions reported on behalf of one request."""
    logs = host.evidence.logs(SESSION)
    own = [log for log in logs if log.call == exchange.number]
    return [log for log in own if not messages or log.message in messages]


def sessions_of(host: Host, exchange: Exchange) -> set[Any]:
    """Give the numbers of all sessions that a request worked with."""
    return {log.fields["session"] for log in records_of(host, exchange)}


def name_of(exchange: Exchange) -> str:
    """Name a request in a sentence."""
    return f"{exchange.scope['method']} {exchange.scope['path']}"


def places_of(exchange: Exchange) -> Any:
    """Give the learner's lines for a failure about a request."""
    return exchange.locations or exchange.endpoint


def require_session(host: Host, exchange: Exchange) -> set[Any]:
    """Give the sessions of a request that cannot do without one."""
    sessions = sessions_of(host, exchange)
    if not sessions:
        raise expect_events(host).fails(
            f"{name_of(exchange)} uses a session",
            "no session is opened or read for it",
            where=places_of(exchange),
        )
    return sessions


def expect_closed_once(host: Host, exchange: Exchange) -> None:
    """Expect every session of a request to be closed once, after its work, before the end."""
    for number in sessions_of(host, exchange):
        owner = f"session {number} of {name_of(exchange)}"
        closed = logged(SESSION, "closed", f"{owner} is closed", session=number)
        events = expect_events(host)
        events.count(closed, 1, where=places_of(exchange))
        last_work = max(
            log.position
            for log in host.evidence.logs(SESSION, session=number)
            if log.message in WORK
        )
        if host.evidence.find(closed)[0].position < last_work:
            raise events.fails(
                f"{owner} is closed after its last use",
                "it is closed before",
                "",
                places_of(exchange),
            )


def count(sessions: Collection[object]) -> str:
    """Say how many sessions these are."""
    number = len(sessions)
    return {0: "no session", 1: "1 session"}.get(number, f"{number} sessions")


def expect_one_session(host: Host, exchange: Exchange, reads: int = 1) -> Any:
    """Expect a request to open one session and do all its work with it; give its number."""
    opened = records_of(host, exchange, "opened")
    used = {log.fields["session"] for log in records_of(host, exchange, "read", "added")}
    if len(opened) != 1 or used != {opened[0].fields["session"]}:
        another = len(opened) == len(used) == 1
        raise expect_events(host).fails(
            f"{name_of(exchange)} opens 1 session and uses only this one",
            f"it opens {count(opened)} and uses {'another one' if another else count(used)}",
            "All dependencies of a route share the session of the request.",
            places_of(exchange),
        )
    if (seen := len(records_of(host, exchange, "read"))) < reads:
        raise expect_events(host).fails(
            f"{name_of(exchange)} reads the customer and the orders from its own session",
            f"the session is read {'once' if seen == 1 else f'{seen} times'}",
            "Do not keep data from one request to the next.",
            places_of(exchange),
        )
    return opened[0].fields["session"]


@criterion(task=1)
async def test_request_uses_one_session(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """Each request opens one session, and its sub-dependencies use the same session."""
    for step, reads in (  # what is kept from one request is found when it is sent again
        (CUSTOMER_ORDERS, 2),
        (("POST", "/customers/1/orders", draft(inputs)), 1),
        (CUSTOMER_ORDERS, 2),
        (ORDER, 1),
        (ORDER, 1),
        (MISSING, 1),
        (MISSING, 1),
        (MISSING_CUSTOMER, 1),
        (MISSING_CUSTOMER, 1),
        (REFUSED, 1),
    ):
        expect_one_session(host, exchange_of(await ask(client, step)), reads)


@criterion(task=1)
async def test_session_closes_once(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """After a successful request its session is closed once, when the work is done."""
    wanted = draft(inputs)
    placed, responses = zip(*await place_orders(client, wanted), strict=True)
    order = placed[-1]
    details = await ask(client, ("GET", f"/orders/{order['id']}", None))
    boxes = math.ceil(wanted["pieces"] / wanted["boxes"])
    expect(details).status(200).json(order | {"pieces_per_box": boxes})
    listed = await ask(client, CUSTOMER_ORDERS)
    expect(listed).status(200).json_at("orders", -1, equals=order)
    number = len(expect(listed).read_json("orders"))
    if number != OLD_ORDERS_OF_ONE + MANY_ORDERS:
        raise expect(listed).fails(
            f"{OLD_ORDERS_OF_ONE} old orders and the {MANY_ORDERS} new ones", f"{number} orders"
        )
    for response in (*responses, details, listed):
        exchange = exchange_of(response)
        require_session(host, exchange)
        expect_closed_once(host, exchange)
        expect_committed(host, exchange)


async def place_orders(
    client: httpx.AsyncClient, wanted: dict[str, Any]
) -> list[tuple[dict[str, Any], httpx.Response]]:
    """Place the same order several times, which is allowed; give the orders and the answers."""
    placed = []
    for _ in range(MANY_ORDERS):
        created = await ask(client, ("POST", "/customers/1/orders", wanted))
        expect(created).status(201)
        order_id = expect(created).read_json("id")
        if type(order_id) is not int:
            raise expect(created).fails("a whole number under 'id'", created.text)
        order = wanted | {"id": order_id, "customer_id": 1}
        expect(created).json(order)
        placed.append((order, created))
    return placed


def expect_committed(host: Host, exchange: Exchange) -> None:
    """Expect every session that wrote to be committed after that, and before it is closed."""
    for number in {log.fields["session"] for log in records_of(host, exchange, "added")}:
        owner = f"session {number} of {name_of(exchange)}"
        matchers = [
            logged(SESSION, message, f"{owner} {words}", session=number)
            for message, words in (
                ("added", "writes the order"),
                ("committed", "is committed"),
                ("closed", "is closed"),
            )
        ]
        expect_events(host).order(*matchers, where=places_of(exchange))


@criterion(task=2)
async def test_session_closes_after_errors(client: httpx.AsyncClient, host: Host) -> None:
    """After a 404, a 409, a crash or a refused body each open session is closed once."""
    for step in (MISSING, MISSING_CUSTOMER, ORPHAN, CRASH, REFUSED, INVALID):
        exchange = exchange_of(await ask(client, step))
        if step is not INVALID:
            require_session(host, exchange)
        expect_closed_once(host, exchange)


@criterion(task=2)
async def test_failed_request_rolls_back(client: httpx.AsyncClient, host: Host) -> None:
    """If a request raises, its session is rolled back and then closed."""
    for step in (MISSING, MISSING_CUSTOMER, ORPHAN, CRASH, REFUSED):
        exchange = exchange_of(await ask(client, step))
        for number in require_session(host, exchange):
            owner = f"session {number} of {name_of(exchange)}"
            undone = logged(SESSION, "rolled back", f"{owner} is rolled back", session=number)
            closed = logged(SESSION, "closed", f"{owner} is closed", session=number)
            events = expect_events(host)
            if host.evidence.find(closed):
                events.order(undone, closed, where=places_of(exchange))
            elif not host.evidence.find(undone):
                raise events.fails(f"that {undone}", "that never happens", "", places_of(exchange))
    listed = await ask(client, ("GET", "/customers/2/orders", None))
    expect(listed).status(200).without(
        TOO_MANY["item"],
        because="The order that was refused with 409 must not stay in the database.",
    )


@criterion(task=2)
async def test_client_sees_original_error(client: httpx.AsyncClient, host: Host) -> None:
    """The client gets the real error: 404, 409, 422, or 500 for a crash."""
    last = await ask(client, LAST_PIECES)
    expect(last).status(201, because="With these 52 pieces the limit of 250 is not exceeded.")
    for step, status, detail in (
        (MISSING, 404, "Order 99999 does not exist."),
        (MISSING_CUSTOMER, 404, "Customer 99 does not exist."),
        (ORPHAN, 404, "Customer 99 does not exist."),
        (CRASH, 500, None),
        (REFUSED, 409, "Harbour Bikes may order 250 pieces at most."),
        (ONE_MORE, 409, "Harbour Bikes may order 250 pieces at most."),
        (INVALID, 422, None),
    ):
        response = await ask(client, step)
        expect(response).status(status)
        if detail is not None:
            expect(response).json({"detail": detail}, because="Do not change the bodies.")
        exchange = exchange_of(response)
        if step is not INVALID and not records_of(host, exchange, "read"):
            raise expect(response).fails(
                f"{name_of(exchange)} reads from a session before it answers", "it reads nothing"
            )


@criterion(task=3)
async def test_export_streams_from_session(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """The export reads its rows while it sends the body, and then closes its session."""
    placed = [order for order, _ in await place_orders(client, draft(inputs))]
    export = await ask(client, EXPORT)
    expect(export).status(200)
    lines = expect(export).read_lines()
    if len(lines) != OLD_ORDERS + MANY_ORDERS or lines[OLD_ORDERS:] != placed:
        raise expect(export).fails(
            f"{OLD_ORDERS + MANY_ORDERS} lines of JSON, the last {MANY_ORDERS} of them the orders "
            "that were just placed",
            f"{len(lines)} lines, which end with {export.text[-100:]}",
        )
    exchange = exchange_of(export)
    number = expect_one_session(host, exchange)
    expect_few_rows_ahead(host, exchange, export)
    expect_closed_once(host, exchange)
    closed = logged(SESSION, "closed", "the session is closed", session=number)
    expect_events(host).order(closed, call_ended(exchange), where=places_of(exchange))


def expect_few_rows_ahead(host: Host, exchange: Exchange, export: httpx.Response) -> None:
    """Expect that no line of an export waits for rows far behind it."""
    reads = [read.position for read in records_of(host, exchange, "read")]
    line = 1
    for event in host.evidence.of(Sent):
        chunk = event.event.get("body", b"") if event.call == exchange.number else b""
        early = sum(position < event.position for position in reads)
        if chunk.strip() and early > line + MOST_ROWS_AHEAD:
            raise expect(export).fails(
                f"at most {line + MOST_ROWS_AHEAD} rows are read before line {line} is sent",
                f"{early} rows are read before",
                "Do not hold the whole export in memory.",
            )
        line += chunk.count(b"\n")


@criterion(task=3)
async def test_broken_off_export_closes_session(host: Host) -> None:
    """An export closes its session also when the client leaves halfway."""
    export = start_export(host)
    await read_first_chunk(export)
    host.history.append("the client leaves after the first line")
    export.push({"type": "http.disconnect"})
    await read_to_end(export)

    require_session(host, export)
    expect_closed_once(host, export)


@criterion(task=3)
async def test_overlapping_requests_stay_apart(host: Host, inputs: SeededInputs) -> None:
    """Requests that overlap never share a session, on any route."""
    exports = await start_slowly(host, EXPORT, "while somebody else exports")
    owners = note_owners(host, {}, exports)
    for step in (CUSTOMER_ORDERS, ORDER, ("POST", "/customers/1/orders", draft(inputs))):
        others = await start_slowly(host, step, "while two people export")
        owners = note_owners(host, owners, others)
        for other in others:
            await read_to_end(other)
        owners = note_owners(host, owners, others)
    for export in exports:
        await read_to_end(export)
    note_owners(host, owners, exports)


async def start_slowly(host: Host, step: Step, moment: str) -> list[Exchange]:
    """Ask the same twice, as clients that read nothing after the first bytes of the body."""
    method, path, body = step
    request = httpx.Request(method, f"{BASE_URL}{path}", json=body, headers=KEY)
    exchanges = []
    for _ in range(2):
        exchange = start_request(host, request, stepped=True)
        host.history[-1] += "   # reads the first bytes, then waits"
        await expect_answer(host, read_first_chunk(exchange), moment)
        sent = [each.event for each in host.evidence.of(Sent) if each.call == exchange.number]
        if sent[0].get("status") not in (200, 201):
            expected, seen = f"success {moment}", f"status {sent[0].get('status')}"
            raise Failure(expected, seen, list(host.history), "", places_of(exchange))
        exchanges.append(exchange)
    return exchanges


Owners = dict[Any, Exchange]
"""Who uses a session, by its number."""


def note_owners(host: Host, owners: Owners, exchanges: Collection[Exchange]) -> Owners:
    """Give the owners of sessions with those of more exchanges; `Failure` if two share one."""
    owners = dict(owners)
    for exchange in exchanges:
        for number in require_session(host, exchange):
            if owners.setdefault(number, exchange) is not exchange:
                raise Failure(
                    "requests at the same time use different sessions",
                    f"session {number} serves {name_of(owners[number])}, which is not done yet, "
                    f"and {name_of(exchange)} at the same time",
                    list(host.history),
                    "",
                    places_of(exchange),
                )
    return owners


def start_export(host: Host) -> Exchange:
    """Ask for the export as a client that reads as slowly as the criterion wants."""
    request = httpx.Request("GET", f"{BASE_URL}/exports/orders", headers=KEY)
    return start_request(host, request, stepped=True)


async def read_first_chunk(exchange: Exchange) -> None:
    """Read until the first bytes of the body are there, and then no further."""
    while (sent := await exchange.next_sent()) is not None and not sent.event.get("body"):
        exchange.accept()


async def read_to_end(exchange: Exchange) -> None:
    """Take the chunk that waits and all that follow."""
    while not exchange.ended:
        exchange.accept()
        await exchange.next_sent()


@criterion(task=4)
async def test_refused_request_opens_nothing(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """A request without the right key gets 401 on every route and opens no session."""
    known = KEY["X-API-Key"]
    in_query = f"X-API-Key={known}&api_key={known}"
    strangers: list[tuple[Step, str | None]] = [
        (ORDER, None),
        (CUSTOMER_ORDERS, None),
        (("POST", "/customers/1/orders", draft(inputs)), None),
        (EXPORT, None),
        *((("GET", f"{path}?{in_query}", None), None) for path in ("/orders/101", EXPORT[1])),
        # Whoever only looks whether there is a key opens a session for a wrong one.
        (("GET", "/orders/none", None), inputs.word()),
        (CUSTOMER_ORDERS, known[:-1]),
        (INVALID, known.upper()),
        (EXPORT, known + inputs.word()),
        (ORDER, inputs.word() + known),
        (ORPHAN, f"{inputs.word()}, {known}"),
        (ORDER, ""),
    ]
    for step, key in strangers:
        response = await ask(client, step, {} if key is None else {"X-API-Key": key})
        expect(response).status(401)
        exchange = exchange_of(response)
        if records_of(host, exchange):
            raise expect_events(host).fails(
                f"that no session is opened for {name_of(exchange)}",
                "one is opened before the key is checked",
                "",
                places_of(exchange),
            )
    response = await ask(client, ORDER)
    if response.status_code == 401:
        raise expect(response).fails("an answer other than 401 with the right key", "status 401")
    require_session(host, exchange_of(response))


@criterion(task=2)
async def test_any_request_stays_right(oracle: Oracle) -> None:
    """Answers and sessions are right for any requests, in any order."""
    await oracle.compare()
