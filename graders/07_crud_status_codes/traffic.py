"""Traffic of 07_crud_status_codes: SKUs that look alike, ids of every kind, and what is refused.

Not sent is a request with a fault in its body and another one in its path: which of them is told
first is open. SKUs are drawn anew, so that a part is created by every seed.
"""

from typing import Any
from urllib.parse import urljoin, urlsplit

from dojo.grader import BASE_URL, Draw, Freedom, Request, Traffic, request

TWINS = (
    ("{}-a", "{}-A"),
    ("{} 5", "{} 5 "),
    ("{}-é", "{}-e\u0301"),
    ("O.{}", "O{}"),
    ("{}-5%41", "{}-5A"),
    ("{}ß", "{}ss"),
)
"""As many as `create` is dealt: each pair is sent by every seed."""
OWNED = ("HUB-1", "HUB-2")
NAMES = ("", "  Rim, 26 ", "Zoe\u0308 <b>", "None", "x" * 3000)
STOCKS = (..., 0, 7, 10**12)
SHELVES = (..., None, "", "B 4")
OTHER_KEYS: tuple[dict[str, Any], ...] = ({}, {}, {"id": 1}, {"price": 5, "SKU": "x"})
QUERIES: tuple[dict[str, str], ...] = ({}, {"from": "scanner"})
FIRST = (0, 0, 1, 2, 3, 4)
MISSING = (-1, 99, 10**9 + 7, 10**30, -(10**30))
BAD_IDS = ("abc", "1.5", "null", "0x1", "%20")
BAD: tuple[dict[str, Any], ...] = (
    {"sku": ""},
    {"sku": ...},
    {"sku": None},
    {"sku": 5},
    {"name": ...},
    {"name": None},
    {"stock": -1},
    {"stock": None},
    {"stock": "many"},
    {"shelf": 5},
)
UNSERVED = (("PATCH", "/parts/0"), ("POST", "/parts/0"), ("PUT", "/parts"), ("DELETE", "/parts"))


def draft(draw: Draw, sku: str) -> dict[str, Any]:
    """Draw the body of a part."""
    return {
        "sku": sku,
        "name": draw.deal(NAMES),
        "stock": draw.deal(STOCKS),
        "shelf": draw.deal(SHELVES),
        **draw.deal(OTHER_KEYS),
    }


def send(method: str, path: str, body: dict[str, Any], **more: Any) -> Request:
    """Write a request with a body; keys whose value is `...` are left out."""
    sent = {key: value for key, value in body.items() if value is not ...}
    return request(method, path, body=sent, **more)


def create(draw: Draw) -> list[Request]:
    """Create two parts whose SKUs look alike, and one of them again."""
    word = draw.word()
    one, other = (draft(draw, sku.format(word)) for sku in draw.deal(TWINS))
    return [
        send("POST", "/parts", one, query=draw.deal(QUERIES)),
        send("POST", "/parts", other),
        send("POST", "/parts", draft(draw, one["sku"])),
    ]


def replace(draw: Draw) -> list[Request]:
    """Replace a part twice, perhaps by a SKU that another part has, and look at all of them."""
    part_id, sku = draw.deal(FIRST), draw.deal(OWNED)
    return [
        send("PUT", f"/parts/{part_id}", draft(draw, sku)),
        send("PUT", f"/parts/{part_id}", draft(draw, sku)),
        request("GET", "/parts"),
    ]


def remove(draw: Draw) -> list[Request]:
    """Delete a part, look for it, and look for another."""
    part_id = draw.deal(FIRST)
    return [
        request("DELETE", f"/parts/{part_id}"),
        request("GET", f"/parts/{part_id}"),
        request("HEAD", f"/parts/{draw.deal(FIRST)}"),
    ]


def miss(draw: Draw) -> list[Request]:
    """Ask for parts that cannot be there; the SKU of one of them another part has."""
    one = draft(draw, draw.word())
    return [
        send("POST", "/parts", one),
        send("PUT", f"/parts/{draw.deal(MISSING)}", draft(draw, one["sku"])),
        request(draw.choice(("GET", "DELETE")), f"/parts/{draw.deal(MISSING)}"),
    ]


def refuse(draw: Draw) -> list[Request]:
    """Send an id, a body and a method that do not fit."""
    method, path = draw.deal(UNSERVED)
    return [
        request(draw.choice(("GET", "DELETE")), f"/parts/{draw.deal(BAD_IDS)}"),
        send("POST", "/parts", draft(draw, draw.word()) | draw.deal(BAD)),
        send(method, path, draft(draw, draw.word())),
    ]


def same_location(expected: Any, seen: Any) -> bool:
    """Compare where two values of `Location` lead; only an answer that has one must have one."""
    if expected is None or not isinstance(seen, str):
        return expected is None
    try:
        found = urlsplit(urljoin(f"{BASE_URL}/parts", seen))
    except ValueError:
        return False
    leads_to = f"{found.scheme}://{found.netloc}{found.path}"
    return leads_to == urljoin(BASE_URL, str(expected))


def same_culprits(expected: Any, seen: Any) -> bool:
    """Tell whether the errors are at the same places; a path's parameter may have another name."""
    try:
        wanted, found = (
            [error["loc"] if error["loc"][0] == "body" else error["loc"][:1] for error in errors]
            for errors in (expected, seen)
        )
    except (TypeError, KeyError, IndexError):
        return False
    return bool(wanted == found)


def is_named(expected: Any, seen: Any) -> bool:
    """Tell whether methods are named where the reference names some."""
    return expected is None or bool(seen)


ALLOWED = "Which methods it names is up to FastAPI."
LOCATION = "It may be a path or a whole URL."

traffic = Traffic(
    scenes=(create, create, create, replace, replace, remove, miss, refuse),
    freedoms=(
        Freedom(LOCATION, "headers.location", same_location),
        Freedom("stays a 422 with its `loc`", "body.detail", same_culprits, 422),
        Freedom(ALLOWED, "headers.allow", is_named),
        Freedom(ALLOWED, "body", status=405),
        Freedom("sends no body", "headers.content-type", status=204),
        Freedom("its headers are up to you", "headers.content-type", lambda _, seen: seen is None),
    ),
    headers=("location", "allow"),
    requests=48,
)
