"""Traffic of 23_commit_before_response: seats are booked, moved and given up, or are refused.

Not sent is what no order decides: two requests for the same seat at the same moment, and a third
move that the ledger would refuse as well.
"""

import json
from collections.abc import Sequence
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
    count_checked_out,
    exchange_of,
    request,
)

SEATS = ("A1", "A2", "C3", "C10", "C9", "D7", "Z99")
"""Seats that are asked for again and again; B1 alone has moved twice from the start."""
GUESTS = (" Zoe\u0308 ", "Zoë", "O'Brien; --", "a" * 80, "50%41 👩\u200d🚀", "0", "null", "Asha")
BAD: tuple[Any, ...] = (
    {"seat": "C3"},
    {"seat": "c3", "guest": "Dora"},
    {"seat": "C3 ", "guest": "Dora"},
    {"seat": "C3", "guest": ""},
    {"seat": "C3", "guest": "a" * 81},
)
MISSING = ("Y1", "a1", "A1 ", "B1%", "\u212b1")
EXPORT = request("GET", "/exports/bookings")
STATES = ("locked", "closed")
FRESH = [f"{row}{number}" for row in "KLMNOP" for number in range(1, 10)]
"""Seats that are asked for once."""


def post(seat: Any, guest: Any, **more: Any) -> Request:
    """Book a seat."""
    return request("POST", "/bookings", body={"seat": seat, "guest": guest}, **more)


def patch(seat: str, wanted: Any, **more: Any) -> Request:
    """Move to another seat."""
    return request("PATCH", "/bookings/{}", seat, body={"seat": wanted}, **more)


def get(seat: str) -> Request:
    """Ask who has a seat."""
    return request("GET", "/bookings/{}", seat)


def delete(seat: str, **more: Any) -> Request:
    """Give a seat up."""
    return request("DELETE", "/bookings/{}", seat, **more)


def book(draw: Draw) -> Sequence[Step]:
    """Book, move and give up seats, which may be taken."""
    steps: list[Step] = []
    for _ in range(4):
        wanted, seat = draw.deal(SEATS), draw.deal(SEATS)
        steps += [post(wanted, draw.deal(GUESTS)), patch(seat, draw.deal(SEATS)), get(wanted)]
    seat, guest = draw.deal(SEATS), draw.deal(GUESTS)
    return [*steps, delete(seat), delete(seat), post(seat, guest), post(seat, guest), EXPORT]


def wander(draw: Draw) -> Sequence[Step]:
    """Move once to the seat that one has, then elsewhere, then too often; the first is free."""
    seat, second, third = (draw.deal(FRESH) for _ in range(3))
    steps = [post(seat, draw.deal(GUESTS)), patch(seat, "B1"), patch(seat, seat)]
    steps += [patch(seat, second), patch(second, third), patch(second, "B1"), get(second)]
    return [*steps, post(seat, draw.deal(GUESTS)), EXPORT]


def set_ledger(state: str) -> Change:
    """Change what the ledger takes."""
    sql = "UPDATE ledgers SET state = ?"
    return Change(f"the ledger is {state}", lambda labs: labs.database.execute(sql, (state,)))


def refuse(draw: Draw) -> Sequence[Step]:
    """Try to change bookings while the ledger takes no entry, and when it does again."""
    seat, other = draw.deal(FRESH), draw.deal(FRESH)
    steps: list[Step] = [post(seat, draw.name())]
    for state in draw.sample(STATES, 2):
        changes = [post(other, draw.deal(GUESTS), crashes=True), patch(seat, other, crashes=True)]
        changes += [delete(seat, crashes=True), patch(seat, "B1"), post(seat, "Dora")]
        changes += [patch(seat, seat, crashes=True), get(other), delete(other)]
        steps += [set_ledger(state), *draw.sample(changes, len(changes))]
    return [*steps, set_ledger("open"), patch(seat, other), get(other)]


def miss(draw: Draw) -> Sequence[Step]:
    """Ask for what is not there, and in ways that do not fit."""
    steps: list[Step] = [request("POST", "/bookings", body=each) for each in BAD]
    steps += [get(each) for each in MISSING]
    steps += [delete(draw.deal(MISSING)), patch(draw.deal(MISSING), "A1")]
    return [*steps, patch("B1", draw.choice(("", "b2", None, 5)))]


def crowd(draw: Draw) -> Sequence[Step]:
    """Have several guests book different seats at the same moment."""
    posts = [post(draw.deal(FRESH), guest) for guest in draw.sample(GUESTS, len(GUESTS))]
    first = Together([*posts[:4], get("B1"), post("B1", "Dora")])
    return [first, Together(posts[4:]), EXPORT]


def look(labs: Labs, answer: httpx.Response) -> dict[str, Any]:
    """Tell what is in the database after an answer, and what was done for it."""
    call = exchange_of(answer).number
    tickets = [log for log in labs.host.evidence.logs("kata.tickets") if log.call == call]
    return {
        "bookings": labs.database.rows("SELECT seat, guest, moves FROM bookings ORDER BY seat"),
        "tickets": [f"{log.message} {log.fields['seat']}" for log in tickets],
        "connections in use": count_checked_out(labs.host.evidence),
    }


def same_lines(expected: Any, seen: Any) -> bool:
    """Compare two exports line by line; white space between the tokens of JSON says nothing."""
    try:
        wanted, found = (
            [json.loads(each) for each in text.splitlines()] for text in (expected, seen)
        )
    except (ValueError, AttributeError, RecursionError):
        return False
    return bool(wanted == found)


WORDS = "a 409 or an answer from 500 on says is up to you"

traffic = Traffic(
    scenes=(book, refuse, wander, crowd, miss),
    freedoms=(
        *(Freedom(WORDS, at, status=409) for at in ("body", "headers.content-type")),
        *(Freedom(WORDS, at, status=500) for at in ("body", "headers.content-type")),
        Freedom("the answer is a 500 or a 503", "status", lambda _, seen: seen in (500, 503), 500),
        Freedom("each as a line of JSON", "body", same_lines, 200),
    ),
    watch=look,
    requests=61,  # so that each scene is there
)
