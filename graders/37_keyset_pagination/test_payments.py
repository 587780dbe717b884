"""Grader of 37_keyset_pagination: walks through a ledger that changes, and what each page costs.

What a page should hold is worked out from the rows that the grader has written. Cursors are never
read, only followed, changed and given to others.
"""

import itertools
import json
import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from dojo.grader import (
    Host,
    Hosts,
    Oracle,
    SeededInputs,
    criterion,
    expect,
    expect_statements,
    finish,
    open_client,
)
from dojo.grader.sql_statements import Statement
from dojo.harness.database import Database

TABLES = """
    CREATE TABLE payments (
        id INTEGER NOT NULL PRIMARY KEY,
        created_at TIMESTAMP NOT NULL,
        currency VARCHAR NOT NULL,
        amount INTEGER NOT NULL
    );
"""
"""The table of the stub's models, without indexes: these bring ties into order by chance."""
CURRENCIES = ("EUR", "INR", "USD")
MOST_STATEMENTS = 2
MORE_ROWS = 2
"""Rows that a page may fetch beyond its limit."""
STEPS = (0, 0, 0, 1, 0, 999_999, 0, 1, 500_000)
"""Microseconds after a full second: most payments share their moment with others."""
ALPHABET = string.ascii_letters + string.digits + "-_.~"
ENDS, BETWEEN = 24, 12
"""A cursor is changed at so many places at its end, and at so many of the others."""
MADE_UP = ("", "0", "20", "MjA=", "null", "é", "a.b", " ", "2026-02-28T12:00:00Z")


@dataclass(frozen=True)
class Payment:
    """A payment as the grader knows it."""

    id: int
    created_at: datetime
    currency: str
    amount: int

    @property
    def key(self) -> tuple[datetime, int]:
        """Give what it is ordered by."""
        return self.created_at, self.id

    def show(self) -> dict[str, Any]:
        """Give it as it stands in an answer."""
        moment = self.created_at.isoformat().replace("+00:00", "Z")
        return {**vars(self), "created_at": moment}


class Ledger:
    """The payments there should be."""

    def __init__(self, database: Database, inputs: SeededInputs) -> None:
        self.payments: list[Payment] = []
        self._database = database
        self._inputs = inputs
        self._begin = datetime(2025, inputs.randint(1, 12), 28, 12, 59, 59, tzinfo=UTC)

    def fill(self, count: int, currencies: Sequence[str] = CURRENCIES) -> list[Payment]:
        """Add payments, one in a minute, with ids in the order of time; give all in their order."""
        first = self._inputs.randint(100, 900)
        self._save(
            [
                self._make(first + 10 * index, self._begin + timedelta(minutes=index), currency)
                for index, currency in zip(range(count), itertools.cycle(currencies), strict=False)
            ]
        )
        return self.in_order()

    def fill_with_ties(self, count: int) -> None:
        """Add payments of three seconds; their ids say nothing of the time."""
        added = []
        for index, number in enumerate(self._inputs.sample(range(2, 12_000), count)):
            moment = self._begin + timedelta(seconds=index * 3 // count)
            moment += timedelta(microseconds=STEPS[index % len(STEPS)])
            added.append(self._make(number, moment, CURRENCIES[index % len(CURRENCIES)]))
        self._save(added)

    def add_beside(self, payment: Payment, seconds: int) -> Payment:
        """Add a payment so many seconds after another one, and less than a minute."""
        moment = payment.created_at + timedelta(seconds=seconds)
        added = self._make(payment.id + seconds // 10, moment, payment.currency)
        self._save([added])
        return added

    def add_newest(self, count: int = 1) -> None:
        """Add payments before all others."""
        for _ in range(count):
            self.add_beside(self.in_order()[0], 40)

    def remove(self, payments: Sequence[Payment]) -> None:
        """Delete payments."""
        for each in payments:
            self._database.execute("DELETE FROM payments WHERE id = ?", (each.id,))
            self.payments.remove(each)

    def in_order(self, currency: str | None = None) -> list[Payment]:
        """Give the payments of a currency, or all, in their order."""
        wanted = [each for each in self.payments if currency in (None, each.currency)]
        return sorted(wanted, key=lambda each: each.key, reverse=True)

    def after(self, payment: Payment, limit: int, currency: str | None = None) -> list[Payment]:
        """Give what comes next after a payment, which may be gone."""
        return [each for each in self.in_order(currency) if each.key < payment.key][:limit]

    def before(self, payment: Payment, limit: int, currency: str | None = None) -> list[Payment]:
        """Give what comes last before a payment, which may be gone."""
        return [each for each in self.in_order(currency) if each.key > payment.key][-limit:]

    def _make(self, number: int, created_at: datetime, currency: str) -> Payment:
        return Payment(number, created_at, currency, self._inputs.randint(1, 99_999))

    def _save(self, payments: Sequence[Payment]) -> None:
        self.payments += payments
        rows = [
            {**vars(each), "created_at": each.created_at.strftime("%Y-%m-%d %H:%M:%S.%f")}
            for each in payments
        ]
        self._database.insert("payments", rows)


@pytest.fixture
def ledger(database: Database, inputs: SeededInputs) -> Ledger:
    """Give a ledger without payments."""
    database.execute_script(TABLES)
    return Ledger(database, inputs)


@pytest.fixture
async def host(hosts: Hosts, ledger: Ledger) -> Host:
    """Give a fresh copy of the app, started on a ledger that is there already."""
    assert ledger
    return await hosts.open()


async def ask(client: httpx.AsyncClient, **parameters: int | str | None) -> httpx.Response:
    """Ask for a page and wait until the app is done with it; `None` leaves a parameter out."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return await finish(await client.get("/payments", params=given))


async def follow(
    client: httpx.AsyncClient, page: httpx.Response, link: str, **parameters: int | str | None
) -> httpx.Response:
    """Ask for the page beside a page, by `next` or `prev`."""
    return await ask(client, cursor=read_cursor(page, link), **parameters)


def read_cursor(page: httpx.Response, link: str) -> str:
    """Give a cursor that has to be there."""
    expect_link(page, link)
    return str(expect(page).read_json(link))


def expect_link(page: httpx.Response, link: str, there: bool = True) -> None:
    """Expect a cursor, or `null`."""
    found = expect(page).status(200).read_json(link)
    side = "after the last" if link == "next" else "before the first"
    if there and not (isinstance(found, str) and found):
        because = f"There are payments {side} one of this page."
        raise expect(page).fails(f"a cursor as '{link}'", f"{link}: {json.dumps(found)}", because)
    if not there and found is not None:
        because = f"There is no payment {side} one of this page."
        raise expect(page).fails(f"{link}: null", f"{link}: {json.dumps(found)}", because)


def expect_page(page: httpx.Response, payments: Sequence[Payment], because: str = "") -> None:
    """Expect these payments in this order."""
    found = expect(page).status(200).read_json("payments")
    listed = found if isinstance(found, list) else [found]
    seen = [each.get("id") if isinstance(each, dict) else each for each in listed]
    wanted = [each.id for each in payments]
    if seen != wanted:
        expected = f"the payments with the ids {wanted}"
        raise expect(page).fails(expected, f"the payments with the ids {seen}", because)
    expect(page).json_at("payments", equals=[each.show() for each in payments])


@criterion(task=1, points=2)
async def test_next_visits_each_once(
    client: httpx.AsyncClient, ledger: Ledger, inputs: SeededInputs
) -> None:
    """Following `next` shows each payment once and in order, also those of the same moment."""
    ledger.fill_with_ties(110)
    for currency in (None, inputs.choice(CURRENCIES)):
        because = "Many payments have the same 'created_at', or one in the same second."
        rows, limits = ledger.in_order(currency), itertools.cycle(inputs.sample((2, 3, 4, 7), 4))
        limit = next(limits)
        page = await ask(client, limit=limit, currency=currency)
        expect_page(page, rows[:limit], because)
        while rows := rows[limit:]:
            limit = next(limits)
            page = await follow(client, page, "next", limit=limit, currency=currency)
            expect_page(page, rows[:limit], because)
    expect_page(await ask(client), ledger.in_order()[:20])
    page = await ask(client, limit=100)
    expect_page(page, ledger.in_order()[:100])
    expect_page(await follow(client, page, "next", limit=100), ledger.in_order()[100:])


@criterion(task=1, points=2)
async def test_walk_survives_changes(client: httpx.AsyncClient, ledger: Ledger) -> None:
    """What is added or deleted during a walk moves no other payment to another page."""
    shown = ledger.fill(40)[:4]
    page = await ask(client, limit=4)
    expect_page(page, shown)

    def add_around() -> None:
        ledger.add_beside(shown[-1], 20)
        ledger.add_beside(shown[-1], -20)

    changes: Sequence[tuple[str, Callable[[], None]]] = (
        ("Three payments were added before all others.", lambda: ledger.add_newest(3)),
        ("The last page's payments were deleted.", lambda: ledger.remove(shown)),
        ("One was added before the last one shown, and one after it.", add_around),
        ("The first five of all were deleted.", lambda: ledger.remove(ledger.in_order()[:5])),
        (
            "Two of the payments to come were deleted.",
            lambda: ledger.remove(ledger.after(shown[-1], 2)),
        ),
        ("Nothing has changed since the last page.", lambda: None),
    )
    for because, change in changes:
        change()
        shown = ledger.after(shown[-1], 4)
        page = await follow(client, page, "next", limit=4)
        expect_page(page, shown, because)
    ledger.remove(ledger.after(shown[-1], 40))
    because = "All payments to come were deleted."
    expect_page(await follow(client, page, "next", limit=4), [], because)


@criterion(task=1)
async def test_next_ends_with_list(
    client: httpx.AsyncClient, ledger: Ledger, database: Database, hosts: Hosts
) -> None:
    """`next` is `null` on the last page, also on a full one, and on no other page."""
    expect_page(await ask(client), [])
    rows = ledger.fill(10, ["EUR"])
    last = ledger.add_beside(replace(rows[-1], currency="USD"), -30)
    for currency, limit in (("EUR", 5), (None, 4)):
        page = await ask(client, limit=limit, currency=currency)
        expect_link(page, "next")
        page = await follow(client, page, "next", limit=limit, currency=currency)
        expect_link(page, "next", there=currency is None)
    for limit, there in ((9, True), (10, True), (11, False), (12, False)):
        expect_link(await ask(client, limit=limit), "next", there)
    page = await ask(client, limit=6)
    ledger.remove([last])
    back = await follow(client, page, "next", limit=4)
    expect_page(back, rows[6:])
    expect_link(back, "next", there=False)
    ledger.add_beside(last, -10)
    expect_link(await follow(client, page, "next", limit=4), "next")
    database.execute_script("DROP TABLE payments")
    async with open_client(await hosts.open()) as second:
        for limit in (49, 50):
            page = await ask(second, limit=limit)
            because = "A new database has the 50 payments of the demo."
            expect(page).status(200, because).json_at("payments", 0, "id", equals=150)
            expect_link(page, "next", there=limit < 50)


@criterion(task=2, points=2)
async def test_prev_leads_back(client: httpx.AsyncClient, ledger: Ledger) -> None:
    """`prev` leads to the payments right before a page, and is `null` where there are none."""
    ledger.fill(45)
    for currency in (None, "INR"):
        rows = ledger.in_order(currency)
        page = await ask(client, limit=5, currency=currency)
        expect_link(page, "prev", there=False)
        for begin in (5, 10):
            page = await follow(client, page, "next", limit=5, currency=currency)
            expect_page(page, rows[begin : begin + 5])
        for begin, limit in ((8, 2), (5, 3), (1, 4), (0, 7)):
            page = await follow(client, page, "prev", limit=limit, currency=currency)
            expect_page(page, rows[begin : begin + limit][: 1 if begin == 0 else limit])
            expect_link(page, "prev", there=begin > 0)
            beside = await follow(client, page, "next", limit=2, currency=currency)
            end = begin + limit if begin else 1
            because = "This is 'next' of a page to which 'prev' has led."
            expect_page(beside, rows[end : end + 2], because)

    euros = ledger.in_order("EUR")
    shown = euros[6:10]
    page = await ask(client, limit=6, currency="EUR")
    page = await follow(client, page, "next", limit=4, currency="EUR")
    ledger.remove([shown[0], *euros[3:5]])
    ledger.add_beside(shown[0], 20)
    back = await follow(client, page, "prev", limit=3, currency="EUR")
    expect_page(back, ledger.before(shown[0], 3, "EUR"), "There were changes before the page.")
    expect_link(back, "next")
    ledger.remove([each for each in ledger.in_order("EUR") if each.key < shown[0].key])
    ledger.add_beside(euros[0], 20)
    because = "Since then payments before the page were added, and all others were deleted."
    back = await follow(client, page, "prev", limit=100, currency="EUR")
    expect_page(back, ledger.before(shown[0], 100, "EUR"), because)
    expect_link(back, "next", there=False)

    page = await ask(client, limit=4, currency="USD")
    ledger.remove(ledger.in_order("USD")[:4])
    page = await follow(client, page, "next", limit=4, currency="USD")
    expect_link(page, "prev", there=False)


@criterion(task=3, points=2)
async def test_changed_cursor_is_refused(
    client: httpx.AsyncClient, ledger: Ledger, inputs: SeededInputs
) -> None:
    """A cursor can stand in a URL, and is refused if a single character of it is not as given."""
    ledger.fill(9)
    first = await ask(client, limit=3)
    page = await follow(client, first, "next", limit=3)
    for link in ("next", "prev"):
        cursor = read_cursor(page, link)
        if re.fullmatch(r"[A-Za-z0-9._~-]+", cursor) is None:
            raise expect(page).fails("a cursor of letters, digits and '-_.~'", f"{link}: {cursor}")
        other = read_cursor(page, "prev" if link == "next" else "next")
        for changed in (
            *MADE_UP,
            *change_characters(cursor, inputs),
            *take_characters(cursor, other),
        ):
            because = f"It is not the cursor '{cursor}'."
            expect(await ask(client, cursor=changed, limit=3)).status(422, because)
        expect(await ask(client, cursor=cursor, limit=3)).status(200)


def change_characters(cursor: str, inputs: SeededInputs) -> list[str]:
    """Give the cursor with one character changed, left out or added, here and there."""
    rest = range(max(len(cursor) - ENDS, 0))
    drawn = inputs.sample(rest, min(BETWEEN, len(rest)))
    seams = [place for place in rest if {"-", "_", ".", "~"} & {*cursor[place : place + 2]}]
    changed = [cursor[:-1], cursor[1:], cursor[:-8], f"{cursor}=", f"{cursor}A"]
    for place in (0, *drawn, *seams[:ENDS], *range(len(rest), len(cursor))):
        before, one, after = cursor[:place], cursor[place], cursor[place + 1 :]
        following = ALPHABET[(ALPHABET.find(one) + 1) % len(ALPHABET)]
        changed += [f"{before}{each}{after}" for each in sorted({following, one.swapcase()})]
    changed += [f"{cursor[:place]}{each}{cursor[place:]}" for place in drawn for each in "~.-"]
    return [each for each in changed if each != cursor]


def take_characters(cursor: str, other: str) -> list[str]:
    """Give the cursor with one character of another in its place: the first ones that differ."""
    pairs = enumerate(zip(cursor, other, strict=False))
    differing = [place for place, (one, two) in pairs if one != two]
    return [f"{cursor[:each]}{other[each]}{cursor[each + 1 :]}" for each in differing[:ENDS]]


@criterion(task=3)
async def test_cursor_fits_list_and_secret(
    hosts: Hosts, ledger: Ledger, inputs: SeededInputs
) -> None:
    """A cursor is good for the currency of its page, on each instance with the same secret."""
    secret = f"{inputs.word(12)}-é"
    rows = ledger.fill(30)
    async with open_client(await hosts.open(CURSOR_KEY=secret)) as client:
        pages = {
            currency: await ask(client, limit=4, currency=currency) for currency in (None, "EUR")
        }
        second = await follow(client, pages[None], "next", limit=4)
        cursors = [(read_cursor(page, "next"), currency) for currency, page in pages.items()]
        cursors.append((read_cursor(second, "prev"), None))
        for cursor, currency in cursors:
            for other in {None, *CURRENCIES} - {currency}:
                because = f"The cursor is from a page with {currency or 'no'} currency."
                expect(await ask(client, cursor=cursor, currency=other)).status(422, because)
    async with open_client(await hosts.open(CURSOR_KEY=secret)) as client:
        because = "The cursor is from another instance, which has the same secret."
        page = await ask(client, cursor=cursors[0][0], limit=5)
        expect(page).status(200, because)
        expect_page(page, rows[4:9], because)
    async with open_client(await hosts.open(CURSOR_KEY=f"{secret}!")) as client:
        for cursor, currency in cursors:
            because = "The cursor is from an instance with another 'CURSOR_KEY'."
            expect(await ask(client, cursor=cursor, currency=currency)).status(422, because)


@criterion(task=4, points=2)
async def test_pages_cost_what_they_show(client: httpx.AsyncClient, ledger: Ledger) -> None:
    """A page takes two statements and two rows more than its limit at most, wherever it is."""
    ledger.fill(60)
    page = await ask(client, limit=5)
    measure(page, 5)
    for limit in (11, 11, 7, 20, 6):
        page = await follow(client, page, "next", limit=limit)
        measure(page, limit)
    for limit in (6, 40):
        measure(await follow(client, page, "prev", limit=limit), limit)


def measure(page: httpx.Response, limit: int) -> None:
    """Expect that the database had little to do for a page, which shows at least something."""
    number = expect(page).status(200).read_json("payments", 0, "id")
    found = expect_statements(page)
    found.at_most(MOST_STATEMENTS, "Each statement is a round trip to the database.")
    found.rows_at_most(limit + MORE_ROWS, f"The limit is {limit}.")
    because = "All data must come from SQL statements of this request."
    found.rows_contain([number], because)
    for statement in found.statements:
        if counts_or_skips(statement):
            expected = "no statement that counts payments, or skips them with OFFSET"
            because = "The database reads all rows that it counts or skips."
            raise found.fails(expected, f"{statement.sql} {statement.parameters}", because)


def counts_or_skips(statement: Statement) -> bool:
    """Tell whether a statement counts rows, or has an `OFFSET` that is not 0."""
    placeholder = r"\?|\$\d+|%s"
    for found in re.finditer(rf"\bOFFSET\s+(\d+|{placeholder})", statement.sql, re.IGNORECASE):
        value = found[1]
        if not value.isdigit():
            later = len(re.findall(placeholder, statement.sql[found.end() :]))
            value = re.findall(r"[^,()]+", statement.parameters)[-1 - later].strip()
        if value != "0":
            return True
    return re.search(r"\b(count|sum|total)\s*\(", statement.sql, re.IGNORECASE) is not None


@criterion(task=4)
async def test_any_walk_is_right(oracle: Oracle) -> None:
    """Whichever cursors are followed, in whatever ledger, each page is right and costs little."""
    await oracle.compare()
