"""Traffic of 37_keyset_pagination: readers who follow cursors in a ledger that changes meanwhile.

A cursor is followed as the app itself gave it. Not followed are cursors of a page without payments.
"""

import re
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from dojo.grader import (
    Change,
    Draw,
    Freedom,
    Labs,
    Request,
    Step,
    Together,
    Traffic,
    exchange_of,
    read_statements,
    request,
)

TABLES = """
    CREATE TABLE payments (
        id INTEGER NOT NULL PRIMARY KEY,
        created_at TIMESTAMP NOT NULL,
        currency VARCHAR NOT NULL,
        amount INTEGER NOT NULL
    );
"""
"""The table of the stub's models, without indexes: these bring ties into order by chance."""
MOST_STATEMENTS = 2
MORE_ROWS = 2
"""Rows that a page may fetch beyond its limit."""
SAFE = re.compile(r"[A-Za-z0-9._~-]+")
ALPHABET = string.ascii_letters + string.digits + "-_.~"
CURRENCIES = ("EUR", "INR", "USD")
NOON = datetime(2026, 2, 28, 12, tzinfo=UTC)
MOMENTS = (
    NOON,
    NOON,
    NOON + timedelta(microseconds=1),
    NOON + timedelta(microseconds=999_999),
    NOON + timedelta(microseconds=500_000),
    NOON - timedelta(microseconds=1),
    NOON + timedelta(seconds=1),
    NOON + timedelta(hours=12),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC),
    datetime(2099, 12, 31, 23, 59, 59, 123_457, UTC),
)
"""Moments that agree in the second, in the day, or altogether."""
IDS = (*range(1, 100, 7), *range(996, 1004), 2**31 - 1)
"""Ids with any number of digits; they say nothing of the time."""
LIMITS = (1, 2, 3, 4, 5, 7, 100)
FILTERS: tuple[str | None, ...] = (None, None, *CURRENCIES)
STRANGE = (
    *("", " ", "0", "20", "null", "é", "\u212b.\u0000", "…", "💶" * 3, "%", "a.b", "a.b.c", "."),
    *("eyJpZCI6MX0", "eyJpZCI6MX0=.", "MjA=", "-1", "x" * 3000, "' OR 1=1 --", "101", "=" * 4),
    *("2026-02-28T12:00:00Z", "2026-02-28T12:00:00Z,101", '{"id":1}', "~", "[]", "%00"),
)
OUTSIDE = ({"limit": 0}, {"limit": 101}, {"limit": ""}, {"currency": "GBP"})
FIRST = request("GET", "/payments", query={"limit": 3})
SECOND = request("GET", "/payments", query={"limit": 2, "currency": "USD"})


def write_moment(moment: datetime) -> str:
    """Write a moment as the app's table holds it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def safe_link(expected: Any, seen: Any) -> bool:
    """Tell whether both are a cursor that stands in a URL as it is, or both are none."""
    if expected is None or seen is None:
        return expected is seen
    return isinstance(seen, str) and SAFE.fullmatch(seen) is not None


def empty_pages(expected: Any, seen: Any) -> bool:
    """Tell whether both are pages without payments; their links may be cursors or not."""
    try:
        links = (seen["next"], seen["prev"])
        return (
            expected["payments"] == seen["payments"] == []
            and sorted(seen) == sorted(expected)
            and all(each is None or safe_link("", each) for each in links)
        )
    except (KeyError, TypeError):
        return False


@dataclass
class Reader:
    """Where the reader has been: the cursors of each page with payments, and its currency."""

    pages: list[tuple[dict[str, Any], str | None]] = field(default_factory=list)

    def find(self, name: str, back: int = 0) -> tuple[str | None, str | None]:
        """Give a cursor of the page before so many others, and its currency."""
        if not self.pages:
            return None, None
        page, currency = self.pages[-1 - back % len(self.pages)]
        cursor = page.get(name)
        return (cursor if isinstance(cursor, str) else None), currency


def prepare(labs: Labs) -> Reader:
    """Fill the ledger with payments whose ids have nothing to do with their time."""
    labs.database.execute_script(TABLES)
    rows = [
        {
            "id": number,
            "created_at": write_moment(MOMENTS[index * 7 % len(MOMENTS)]),
            "currency": CURRENCIES[index % 5 % 3],
            "amount": (index * 997 - 3000) * (10**5 if index % 9 == 0 else 1),
        }
        for index, number in enumerate(IDS)
    ]
    labs.database.insert("payments", rows)
    return Reader()


def follow(name: str, limit: int, back: int = 0) -> Request:
    """Follow a cursor of the last page, or of one before it; without one, begin."""

    def find(labs: Labs) -> str:
        cursor, currency = labs.prepared.find(name, back)
        return target(limit, cursor, currency)

    return request("GET", "/payments", follow=find)


def target(limit: int, cursor: str | None, currency: str | None) -> str:
    """Give the target of a request for a page."""
    pairs = {"limit": limit, "cursor": cursor, "currency": currency}
    kept = {key: value for key, value in pairs.items() if value is not None}
    return request("GET", "/payments", query=kept).path


def begin(draw: Draw) -> Request:
    """Ask for a first page, of any currency."""
    return request("GET", target(draw.deal(LIMITS), None, draw.deal(FILTERS)))


def spoil(name: str, change: Callable[[str], str], other: str | None = "same") -> Request:
    """Follow a cursor that is changed, or that belongs to another currency."""

    def find(labs: Labs) -> str:
        cursor, currency = labs.prepared.find(name)
        wanted = currency if other == "same" else other
        if other == currency or cursor is None:
            return target(2, "none", wanted)
        return target(2, change(cursor), wanted)

    return request("GET", "/payments", follow=find)


def change_one(place: float, step: int) -> Callable[[str], str]:
    """Change the character of a cursor that stands at a place from 0 to 1."""

    def change(cursor: str) -> str:
        at = round(place * (len(cursor) - 1))
        one = ALPHABET[(ALPHABET.find(cursor[at]) + step) % len(ALPHABET)]
        return f"{cursor[:at]}{one}{cursor[at + 1 :]}"

    return change


def walk(draw: Draw) -> list[Step]:
    """Go forward and back, with other limits, while payments come and go."""
    steps: list[Step] = [FIRST, begin(draw)]
    for index, name in enumerate(draw.sample(("next", "next", "next", "next", "prev", "prev"), 6)):
        steps += [draw.deal(CHANGES)(draw)] if index % 2 else []
        steps.append(follow(name, draw.deal(LIMITS)))
    return [*steps, draw.deal(CHANGES)(draw), follow("prev", draw.deal(LIMITS)), FIRST]


def return_later(draw: Draw) -> list[Step]:
    """Follow cursors of pages from some time ago, also at the same moment."""
    together = [follow(name, draw.deal(LIMITS), draw.randint(0, 3)) for name in ("next", "prev")]
    old = follow(draw.choice(("next", "prev")), draw.deal(LIMITS), draw.randint(1, 5))
    steps: list[Step] = [begin(draw), follow("next", 2), draw.deal(CHANGES)(draw)]
    return [*steps, Together((*together, FIRST, SECOND)), old]


def misuse(draw: Draw) -> list[Step]:
    """Change cursors, make some up, and use them for another list."""
    steps: list[Step] = [FIRST, follow("next", 1), follow("next", 1)]
    for name in ("next", "prev"):
        steps += [
            spoil(name, change_one(draw.random(), draw.randint(1, 60))),
            spoil(name, draw.deal(SPOILS)),
            spoil(name, "{} ".format),
            spoil(name, "{}".format, draw.deal((*CURRENCIES, None))),
        ]
    return steps


def make_up(draw: Draw) -> list[Request]:
    """Send strange cursors and limits, and an `offset`, which has no effect."""
    strange = [request("GET", "/payments", query={"cursor": draw.deal(STRANGE)}) for _ in range(9)]
    outside = [request("GET", "/payments", query=each) for each in OUTSIDE]
    offset = {"offset": draw.choice((3, -1, "x")), "page": 2, "limit": 3}
    return [*strange, *outside, request("GET", "/payments", query=offset)]


SPOILS: tuple[Callable[[str], str], ...] = (
    lambda cursor: cursor[:-1],
    lambda cursor: cursor[1:],
    lambda cursor: f"{cursor}=",
    lambda cursor: f" {cursor}",
    lambda cursor: cursor.swapcase() if cursor.swapcase() != cursor else cursor[2:],
    lambda cursor: cursor[: len(cursor) // 2],
    lambda cursor: f"{cursor}.",
    lambda cursor: f"{cursor[:9]}~{cursor[9:]}",
)


def add(draw: Draw, moment: datetime) -> Change:
    """Add a payment of some moment."""
    row: dict[str, str | int] = {
        "id": draw.choice((draw.randint(100, 900), draw.randint(10**4, 10**9))),
        "created_at": write_moment(moment),
        "currency": draw.choice(CURRENCIES),
        "amount": draw.randint(-500, 10**6),
    }

    def apply(labs: Labs) -> None:
        labs.database.execute("DELETE FROM payments WHERE id = ?", (row["id"],))
        labs.database.insert("payments", [row])

    return Change(f"a payment is added: {row}", apply)


def add_any(draw: Draw) -> Change:
    """Add a payment of a moment that others have too."""
    return add(draw, draw.deal(MOMENTS))


def add_newest(draw: Draw) -> Change:
    """Add a payment that comes first."""
    return add(draw, datetime(2100, 1, draw.randint(1, 31), tzinfo=UTC))


def remove(draw: Draw) -> Change:
    """Delete some payments."""
    part, rest = draw.randint(4, 6), draw.randint(0, 3)
    words = f"in the database: DELETE FROM payments WHERE id % {part} = {rest}"
    sql = "DELETE FROM payments WHERE id % ? = ?"
    return Change(words, lambda labs: labs.database.execute(sql, (part, rest)))


def remove_edge(draw: Draw) -> Change:
    """Delete all payments of the last page, at which its cursors point."""
    del draw

    def apply(labs: Labs) -> None:
        page, _ = labs.prepared.pages[-1] if labs.prepared.pages else ({}, None)
        for payment in page.get("payments", ()):
            labs.database.execute("DELETE FROM payments WHERE id = ?", (payment["id"],))

    return Change("the payments of the last page are deleted", apply)


CHANGES = (add_any, add_any, add_newest, remove, remove_edge)


def watch(labs: Labs, response: httpx.Response) -> dict[str, Any]:
    """Keep the cursors of a page, and say what it took: no more than it may, or how much."""
    if response.status_code != httpx.codes.OK:
        return {}
    parameters = response.request.url.params
    try:
        page = response.json()
        if page["payments"] and all("id" in each for each in page["payments"]):
            labs.prepared.pages.append((page, parameters.get("currency")))
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    statements = read_statements(labs.host.evidence, exchange_of(response))
    most = int(parameters.get("limit", 20)) + MORE_ROWS
    return {
        "SQL statements": tell(len(statements), MOST_STATEMENTS),
        "rows fetched": tell(sum(each.rows for each in statements), most),
    }


def tell(number: int, most: int) -> str:
    """Write a number, or that it is small enough."""
    return f"at most {most}" if number <= most else str(number)


traffic = Traffic(
    scenes=(walk, walk, walk, return_later, misuse, make_up),
    freedoms=(
        Freedom("What it looks like is up to you", "body.next", safe_link),
        Freedom("What it looks like is up to you", "body.prev", safe_link),
        Freedom("`next` and `prev` may each be a cursor or `null`", "body", empty_pages),
        Freedom("What a 422 says is up to you.", "body", status=422),
    ),
    prepare=prepare,
    watch=watch,
    requests=60,
)
