"""Traffic of 03_dependencies: orders at the limits, what is missing or refused, and strangers.

Not asked for is an order that was placed here: which id it got is the database's business.
"""

import json
from typing import Any

import httpx

from dojo.grader import Draw, Freedom, Labs, Log, Request, Traffic, exchange_of, request

KEY = {"X-API-Key": "demo-key"}
FIRST_NEW_ID = 107
READS = ("/orders/101", "/orders/105", "/orders/106")
EXPORT = "/exports/orders"
MISSING = ("/orders/0", "/orders/-1", "/orders/abc")
MISSING_CUSTOMERS = ("0", "3", "two")
ITEMS = ("  Zoe\u0308 50%41 ", "\tआदित्य 👩\u200d🚀", "x" * 79 + " ", " NaN \u212b", '"\\n ')
"""Each begins or ends with white space: which of them is refused with its order, is drawn."""
SMALL = (26, 25, 1, 53)  # 198 are on order, 250 are the limit
LARGE = (50_000, 49_875, 1, 100_000)  # 125 are on order, 100 000 are the limit
CUSTOMERS = ((1, LARGE), (2, SMALL))
BAD: tuple[dict[str, Any], ...] = (
    {"item": ""},
    {"item": "x" * 81},
    {"item": None},
    {"item": 5},
    {"pieces": 0},
    {"pieces": 100_001},
    {"pieces": 1.5},
    {"pieces": "many"},
    {"boxes": 0},
    {"boxes": 1001},
    {"boxes": None},
)
STRANGERS: tuple[dict[str, str], ...] = (  # as many as two strangers send: all come
    {},
    {"X-API-Key": "d\xe9mo-key"},
    {"X-API-Key": "demo-key, demo-key"},
    {"Authorization": "Bearer demo-key"},
    {"Cookie": "X-API-Key=demo-key"},
    {"API-Key": "demo-key"},
)
STRANGE_PATHS = (
    *READS,
    EXPORT,
    "/orders/104",
    "/orders/99999",
    "/customers/1/orders",
    "/customers/9/orders",
    f"{EXPORT}?X-API-Key=demo-key&api_key=demo-key",
)


def miss(draw: Draw) -> list[Request]:
    """Ask for what is not there, order for whom nobody knows, and see what is stored."""
    customer = draw.deal(MISSING_CUSTOMERS)
    return [
        request("GET", draw.deal(MISSING), headers=KEY),
        request("GET", "/customers/{}/orders", customer, headers=KEY),
        post(customer, draft(draw)),
        request("GET", EXPORT, headers=KEY),
    ]


def crash(draw: Draw) -> list[Request]:
    """Cause the crash that is another ticket, and go on."""
    return [
        request("GET", "/orders/104", headers=KEY, crashes=True),
        request("GET", draw.deal(READS), headers=KEY),
    ]


def order(draw: Draw) -> list[Request]:
    """Place an order that may be too large, and look at what the customer has."""
    customer, pieces = draw.deal(CUSTOMERS)
    return [
        post(customer, draft(draw) | {"item": draw.deal(ITEMS), "pieces": draw.deal(pieces)}),
        request("GET", "/customers/{}/orders", customer, headers=KEY),
    ]


def refuse(draw: Draw) -> list[Request]:
    """Place an order that does not fit."""
    return [post(draw.randint(1, 2), draft(draw) | draw.deal(BAD))]


def come_as_stranger(draw: Draw) -> list[Request]:
    """Ask without the right key, to read and to write."""
    return [
        *(request("GET", draw.deal(STRANGE_PATHS), headers=draw.deal(STRANGERS)) for _ in "12"),
        post(draw.randint(1, 2), draft(draw), draw.deal(STRANGERS)),
    ]


def draft(draw: Draw) -> dict[str, Any]:
    """Draw an order."""
    return {"item": draw.name(), "pieces": draw.randint(1, 9), "boxes": draw.randint(1, 1000)}


def post(customer: int | str, body: dict[str, Any], headers: dict[str, str] = KEY) -> Request:
    """Write the request for an order."""
    return request("POST", "/customers/{}/orders", customer, body=body, headers=headers)


def watch(labs: Labs, response: httpx.Response) -> dict[str, Any]:
    """Tell what the sessions of a request reported."""
    number = exchange_of(response).number
    reports: list[str] = []
    for event in reversed(labs.host.evidence.events):
        if isinstance(event, Log) and event.logger == "kata.session":
            if event.call != number:
                break
            reports.append(event.message)
    last = reports[0] if reports else None  # they are read backwards
    facts: dict[str, Any] = {
        "sessions opened": reports.count("opened"),
        "sessions left open": reports.count("opened") - reports.count("closed"),
        "last report of the session": last,
    }
    if response.status_code in (404, 409, 500):
        facts["rolled back"] = "rolled back" in reports
    if response.status_code == 201:
        changes = [each for each in reports if each in ("added", "committed")]
        facts["committed after it was added"] = changes[:1] == ["committed"]
    return facts


def same_order(expected: Any, seen: Any) -> bool:
    """Compare orders; a new one may have any number that no old one has."""
    try:
        ids = expected["id"], seen["id"]
        new = all(type(each) is int and each >= FIRST_NEW_ID for each in ids)
        return new and {**seen, "id": ids[0]} == expected
    except (TypeError, KeyError):
        return False


def same_export(expected: Any, seen: Any) -> bool:
    """Compare exports line by line; each line has its end, the last one too."""
    try:
        if not seen.endswith("\n"):
            return False
        wanted, found = (
            [json.loads(line) for line in text.splitlines()] for text in (expected, seen)
        )
    except (ValueError, AttributeError, RecursionError):
        return False
    pairs = zip(wanted, found, strict=False)
    return len(wanted) == len(found) and all(
        one == other or same_order(one, other) for one, other in pairs
    )


IDS = "The database decides the id of a new order."
REFUSED = "A session that was opened for a body that is refused (422) is closed exactly once"

traffic = Traffic(
    scenes=(miss, order, order, order, refuse, come_as_stranger, crash),
    freedoms=(
        Freedom(IDS, "body", same_order),
        Freedom(IDS, "body.orders[]", same_order),
        Freedom(IDS, "body", same_export, 200),
        Freedom(REFUSED, "sessions opened", status=422),
        Freedom(REFUSED, "last report of the session", status=422),
    ),
    watch=watch,
    requests=40,
)
