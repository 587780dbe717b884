"""Grader of 28_owner_only: what each role gets to see and to change.

Asha and Ben have the same orders in turn, so that they differ in nothing but number and owner.
"""

import json
from decimal import Decimal
from typing import Any

import httpx

from dojo.grader import Host, Oracle, SeededInputs, criterion, expect, same_json

Row = dict[str, Any]

ITEMS = ("Desk lamp", "Kettle", "Wool rug", "Desk lamp", "Bookshelf", "Coat rack")
OWNED = [(owner, item) for item in ITEMS for owner in (1, 2)]
OWNED += [(3, "Desk lamp"), (5, "Kettle"), (4, "Wool rug")]
NUMBERS = {"asha": 1, "ben": 2, "carla": 3, "dmitri": 4, "emil": 5, "fay": 6}
STAFF = ("carla", "dmitri")
HIDDEN = ("margin", "fraud_score")
MISSING = 4711
"""The number of no order and of no user."""


def make_row(number: int, owner: int, item: str) -> Row:
    """Give an order of the store as staff get it."""
    total, margin = Decimal("7.90") * len(item), Decimal("1.35") * len(item)
    text = {"item": item, "note": "Ring twice.", "status": "open", "total": str(total)}
    hidden = {"margin": str(margin), "fraud_score": 4 * len(item)}
    return {"id": number, "owner_id": owner} | text | hidden


ROWS = [make_row(number, *owned) for number, owned in enumerate(OWNED, start=119)]


def see(caller: str, rows: list[Row] = ROWS) -> list[Row]:
    """Give what a caller may see of some orders."""
    if caller in STAFF:
        return rows
    own = [row for row in rows if row["owner_id"] == NUMBERS[caller]]
    return [{key: row[key] for key in row if key not in HIDDEN} for row in own]


async def ask(
    client: httpx.AsyncClient, caller: str, path: str, body: Any = None
) -> httpx.Response:
    """Send the request of a caller: a `PATCH` if it has a body."""
    headers = {"Authorization": f"Bearer {caller}-token"}
    method = "GET" if body is None else "PATCH"
    return await client.request(method, path, json=body, headers=headers)


async def expect_same_as_missing(
    client: httpx.AsyncClient, caller: str, path: str, number: int, body: Any = None
) -> None:
    """Expect for a number, put into `path`, the answer for a number that nothing has."""
    missing = await ask(client, caller, path.format(MISSING), body)
    seen = await ask(client, caller, path.format(number), body)
    if missing.is_success:
        raise expect(missing).fails("status 404, since nothing has this number", missing.text)
    same_body = seen.text.replace(str(number), str(MISSING)) == missing.text
    if (seen.status_code, same_body) != (missing.status_code, True):
        expected = f"the answer for the number {MISSING}: {missing.status_code} {missing.text}"
        because = "Any other answer tells a stranger that the number is taken."
        raise expect(seen).fails(expected, f"{seen.status_code} {seen.text}", because)


def read_orders(answer: httpx.Response) -> list[Any]:
    """Give the orders of a page, or the lines of an export."""
    expect(answer).status(200)
    if "jsonl" in answer.headers.get("content-type", ""):
        return expect(answer).read_lines()
    orders = expect(answer).read_json("orders")
    return orders if isinstance(orders, list) else []


def expect_orders(answer: httpx.Response, rows: list[Row], total: int | None = None) -> None:
    """Expect these orders in this order, whatever is in each, and in a page their total."""
    found = [each.get("id") if isinstance(each, dict) else each for each in read_orders(answer)]
    wanted = [row["id"] for row in rows]
    if found != wanted:
        raise expect(answer).fails(f"the orders {wanted}", f"the orders {found}")
    if total is not None:
        expect(answer).json_at("total", equals=total)


@criterion(task=1)
async def test_strangers_reach_no_order(client: httpx.AsyncClient, host: Host) -> None:
    """A request without a known token gets 401 on each route, and the store is not asked."""
    paths = ("/orders", "/orders/124", "/invoices/124", "/users/2/orders", "/exports/orders")
    requests: list[tuple[str, str, Any]] = [("GET", path, None) for path in paths]
    requests += [("PATCH", "/orders/124", {"note": "Hello"}), ("GET", "/orders?limit=0", None)]
    for method, path, body in requests:
        for headers in ({}, {"Authorization": "Bearer nobody-token"}):
            answer = await client.request(method, path, json=body, headers=headers)
            expect(answer).status(401)
            if reports := host.evidence.logs("kata.store"):
                seen = f"the store reports '{reports[0].message}'"
                raise expect(answer).fails("that no call reaches the store", seen)
    answer = await ask(client, "ben", "/orders/124")
    if not host.evidence.logs("kata.store"):
        raise expect(answer).fails("that the store reports a call for Ben", "it reports nothing")


@criterion(task=1)
async def test_foreign_order_looks_missing(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """To a buyer an order of somebody else is one that does not exist; their own they change."""
    note = inputs.name()
    for caller, foreign, own in (("asha", 124, 119), ("ben", 119, 124)):
        for body in (None, {"note": note}, {}):
            await expect_same_as_missing(client, caller, "/orders/{}", foreign, body)
        path, mine = f"/orders/{own}", f"{note} {own}"
        expect(await ask(client, caller, path)).status(200).json_at("note", equals="Ring twice.")
        expect(await ask(client, caller, path, {"note": mine})).status(200)
        expect(await ask(client, caller, path)).status(200).json_at("note", equals=mine)


@criterion(task=1)
async def test_invoice_is_for_its_owner(client: httpx.AsyncClient) -> None:
    """A route that takes a `ReadableOrder`, as that of the invoices does, needs no more code."""
    for caller, foreign, own in (("asha", 124, 123), ("ben", 123, 124)):
        await expect_same_as_missing(client, caller, "/invoices/{}", foreign)
        for reader in (caller, *STAFF):
            invoice = {"order_id": own, "item": "Wool rug", "total": "63.20"}
            expect(await ask(client, reader, f"/invoices/{own}")).status(200).json(invoice)


@criterion(task=2)
async def test_support_reads_and_admins_change(
    client: httpx.AsyncClient, inputs: SeededInputs
) -> None:
    """Support and admins read every order; only an admin changes orders of others."""
    for row in (ROWS[0], ROWS[12], ROWS[14]):  # of Asha, of support and of the admin
        path, note = f"/orders/{row['id']}", inputs.name()
        expect(await ask(client, "dmitri", path)).status(200).json_at("id", equals=row["id"])
        changed = await ask(client, "dmitri", path, {"note": note})
        expect(changed).status(200).json_at("note", equals=note)
        because = "Support changes no order, not even one of their own."
        expect(await ask(client, "carla", path, {"note": "Hello"})).status(403, because)
        expect(await ask(client, "carla", path)).status(200).json_at("note", equals=note)
    for caller in STAFF:
        expect(await ask(client, caller, f"/orders/{MISSING}", {"note": "Hello"})).status(404)


@criterion(task=3)
async def test_lists_hold_visible_orders(client: httpx.AsyncClient) -> None:
    """Lists, pages, totals and searches work as if there were only what the caller may see."""
    for caller in ("asha", "emil", "fay", "carla"):
        number, rows = NUMBERS[caller], see(caller)
        own = [row for row in ROWS if row["owner_id"] == number]
        expect_orders(await ask(client, caller, "/orders?limit=50"), rows, len(rows))
        expect_orders(await ask(client, caller, "/exports/orders"), rows)
        expect_orders(await ask(client, caller, f"/users/{number}/orders"), own, len(own))
    for caller in ("asha", "carla"):
        rows = see(caller)
        lamps = [row for row in rows if "lamp" in row["item"]]
        for query, found, total in (
            ("", rows[:5], len(rows)),
            ("?offset=1&limit=3", rows[1:4], len(rows)),
            ("?search=LAMP&limit=1", lamps[:1], len(lamps)),
        ):
            expect_orders(await ask(client, caller, f"/orders{query}"), found, total)
    of_ben = [row for row in ROWS if row["owner_id"] == NUMBERS["ben"]]
    expect_orders(await ask(client, "carla", "/users/2/orders"), of_ben, len(of_ben))
    for caller, foreign in (("asha", 2), ("emil", 1)):
        await expect_same_as_missing(client, caller, "/users/{}/orders", foreign)


@criterion(task=4)
async def test_hidden_fields_are_for_staff(client: httpx.AsyncClient) -> None:
    """`margin` and `fraud_score` are in each order that staff get, and in no answer to a buyer."""
    row, note = ROWS[5], {"note": "Hello"}
    path = f"/orders/{row['id']}"
    for caller in ("ben", "carla", "dmitri"):
        (shown,) = see(caller, [row])
        expect(await ask(client, caller, path)).status(200).json(shown)
        for listed in ("/orders?search=rug", "/users/2/orders", "/exports/orders"):
            answer = await ask(client, caller, listed)
            found = next((each for each in read_orders(answer) if has_id(each, row)), None)
            if not same_json(found, shown):
                raise expect(answer).fails(f"the order {json.dumps(shown)}", json.dumps(found))
        if caller != "carla":
            expect(await ask(client, caller, path, note)).status(200).json(shown | note)
        row = row | note


def has_id(order: Any, row: Row) -> bool:
    """Tell whether this is the order of a row."""
    return isinstance(order, dict) and order.get("id") == row["id"]


@criterion(task=4)
async def test_body_sets_note_alone(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """A `PATCH` sets the note to the text that is sent, and the rest of the body does nothing."""
    for caller, row in (("asha", ROWS[0]), ("dmitri", ROWS[1]), ("emil", ROWS[13])):
        path, note = f"/orders/{row['id']}", {"note": f" {inputs.name()} "}
        body = row | note | {"owner_id": 6, "status": "paid", "total": "0.00", "id": MISSING}
        body |= {"margin": None, "fraud_score": 0, "discount": 5}
        expect(await ask(client, caller, path, body)).status(200)
        answer = await ask(client, "carla", path)
        expect(answer).status(200).json(row | note, "Only the note of a body is for its sender.")


@criterion(task=4)
async def test_any_request_keeps_rules(oracle: Oracle) -> None:
    """Whoever asks for whatever, in whatever order, the answer is the promised one."""
    await oracle.compare()
