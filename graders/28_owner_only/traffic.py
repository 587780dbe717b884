"""Traffic of 28_owner_only: everybody asks for what is theirs, what is not, and what is not there.

Not sent is what the statement leaves open: a body without a note from somebody who may not change
the order, and a token in another form.
"""

import json
from typing import Any

from dojo.grader import Draw, Freedom, Request, Step, Together, Traffic, request

STAFF = ("carla", "dmitri")
CALLERS = ("asha", "ben", "carla", "dmitri", "emil", "fay")
OWN = (("asha", 119), ("ben", 120), ("emil", 132), ("ben", 124), ("asha", 121), ("asha", 129))
"""Some orders of buyers."""
MISSING = (118, 0, -1, 10**20)
NOTES = (
    "",
    "  \n ",
    "Zoe\u0308 \u212b 50%41 👩\u200d🚀",
    "x" * 3000,
    "margin, fraud_score",
    " null\t",
)
SEARCHES = ("lamp ", "RUG", "%")
PAGES = ((0, 50), (0, 1), (1, 5), (5, 5), (14, 2), (2, 10**20))
EXTRAS: tuple[dict[str, Any], ...] = (
    {"owner_id": 1},
    {"owner_id": "nobody", "user": {"role": "admin"}},
    {"status": "paid"},
    {"status": None, "total": "0.00"},
    {"margin": "0.00", "fraud_score": 0},
    {"id": 119, "item": "Kettle"},
)
BAD: tuple[dict[str, Any], ...] = ({"status": "paid"}, {"note": None}, {"note": 5})
BAD_QUERIES = ({"limit": 0}, {"offset": -1})
FILTER = {"owner_id": 2, "user_id": 2}
CLAIMS = {"X-Role": "admin", "X-User-Id": "2"}
"""Who is calling is for the token to say."""


def send(caller: str, path: str, *values: object, body: Any = ..., query: Any = ()) -> Request:
    """Write the request of a caller."""
    method = "GET" if body is ... else "PATCH"
    headers = {"Authorization": f"Bearer {caller}-token"} | CLAIMS
    return request(method, path, *values, body=body, query=query, headers=headers)


def look(draw: Draw) -> list[Request]:
    """Search, and let everybody ask for a page and for all that somebody has."""
    steps = [send(draw.deal(STAFF), "/orders", query={"search": each}) for each in SEARCHES]
    for caller in CALLERS:
        offset, limit = draw.deal(PAGES)
        steps += [
            send(caller, "/orders", query={"offset": offset, "limit": limit, **FILTER}),
            send(caller, "/users/{}/orders", draw.randint(1, 6)),
        ]
    return steps


def write(draw: Draw) -> list[Request]:
    """Send each note with more in the body, and a note from everybody to any order."""
    steps = []
    for note in NOTES:
        caller, order = draw.deal(OWN)
        body = {"note": note} | draw.deal(EXTRAS)
        steps += [send(caller, "/orders/{}", order, body=body)]
    return steps + [
        send(caller, "/orders/{}", draw.randint(119, 133), body={"note": draw.name()})
        for caller in CALLERS
    ]


def miss(draw: Draw) -> list[Request]:
    """Ask for what is not there, and in ways that do not fit."""
    steps = [send("ben", "/orders/{}", 120, body=each) for each in BAD]
    steps += [send(draw.deal(CALLERS), "/orders", query=each) for each in BAD_QUERIES]
    steps += [send(draw.deal(CALLERS), "/orders/{}", number) for number in MISSING]
    steps += [send(caller, "/users/{}/orders", draw.deal(MISSING)) for caller in STAFF]
    return [*steps, send(draw.deal(CALLERS), "/invoices/{}", 118)]


def visit(draw: Draw) -> list[Step]:
    """Look, write and miss in any order, and look at everything in the end, also at once."""
    steps: list[Step] = [
        step for scene in draw.sample((look, write, miss), 3) for step in scene(draw)
    ]
    steps += [Together([send(caller, "/orders") for caller in CALLERS])]
    return steps + [send(caller, "/exports/orders", query=FILTER) for caller in ("asha", "carla")]


def name_nothing_hidden(_: Any, seen: Any) -> bool:
    """Tell whether an answer says nothing of what a buyer may not see."""
    return "margin" not in str(seen) and "fraud_score" not in str(seen)


def same_lines(expected: Any, seen: Any) -> bool:
    """Compare two exports line by line; white space between the tokens of JSON says nothing."""
    try:
        wanted, found = (
            [json.loads(each) for each in text.splitlines()] for text in (expected, seen)
        )
    except (ValueError, AttributeError, RecursionError):
        return False
    return bool(wanted == found)


WORDS = "What a 403 or a 422 says"

traffic = Traffic(
    scenes=(visit,),
    freedoms=(
        *(Freedom(WORDS, "body", name_nothing_hidden, each) for each in (403, 422)),
        Freedom("each line of the export is an order as JSON", "body", same_lines, 200),
    ),
    requests=40,
)
