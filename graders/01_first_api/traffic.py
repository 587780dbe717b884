"""Traffic of 01_first_api: names, titles and items of every kind, and what is left open.

Each scene is dealt three times as often as it is listed, so that each pool is tried as a whole.
Not sent is what the statement leaves to the author or to FastAPI: paths that end in a slash, `1` as
a truth value, prices that no client sends, bytes that are no UTF-8.
"""

from decimal import Decimal, InvalidOperation
from typing import Any

from dojo.grader import Draw, Freedom, Request, Traffic, request

TEXTS = (
    "de Souza",
    "O'Brien & <Sons>",
    "आदित्य",
    "Zoe\u0308 \ufb01ne \u212b",  # what NFC and NFKC would replace
    "a+b 50%41 100%",
    "  two  spaces ",
    "tab\tline\nand\x07bell 👩\u200d🚀",
    '{title} {0} %s "quoted" \\n',
    "None",
    "0",
    "x" * 3000,
)
NAMES = (*TEXTS, "health")
TITLES = (*TEXTS, "")
ITEM_NAMES = (*TEXTS, "")
PRICES = (0, 0.01, 0.1, 0.29, 20, 1.1, 2.5, 19.99, 1900, 4.35, 12345.67, 99999.99)
TIMES = (1, 1, 1, 2)
STOCKS = (True, False, ...)
OTHER_KEYS: tuple[dict[str, Any], ...] = (
    *({}, {}, {"colour": "red"}, {"id": 7, "Name": "Pot", "in stock": None}),
    {"title": "Dr", "prices": [1], "item": {"name": "Pot"}},
)
STRANGE_PATHS = (
    "/Health",
    "/healthz",
    "/health/live",
    "/item",
    "/items/1",
    "/greet/",
    "/greetings/Asha",
    "/greet/Asha/Rao",
    "/api/health",
)
BAD_FIELDS: tuple[dict[str, Any], ...] = (
    {"name": True},
    {"name": ["Kettle"]},
    {"name": {"en": "Kettle"}},
    {"price": "-inf"},
    {"price": [1]},
    {"price": {}},
    {"in_stock": ""},
    {"in_stock": 2},
    {"in_stock": []},
    {"name": None, "price": -1},
    {"price": ..., "in_stock": None},
    {"name": ..., "price": "abc", "in_stock": "perhaps"},
)
BAD_BODIES = (
    b"null",
    b"5",
    b'"Kettle"',
    b"[]",
    b"{'name': 'Kettle', 'price': 1}",
    b"name=Kettle&price=1",
)


def ask_health(draw: Draw) -> list[Request]:
    """Ask for the health, and for what is not there."""
    strange = [request("GET", draw.deal(STRANGE_PATHS)) for _ in range(3)]
    return [request("GET", "/health"), *strange]


def greet(draw: Draw) -> list[Request]:
    """Greet somebody by a title, and sometimes somebody else without one."""
    title = {"title": draw.deal(TITLES)}
    known = request("GET", "/greet/{}", draw.deal(NAMES), query=title)
    return (
        [known] if draw.deal(TIMES) == 1 else [known, request("GET", "/greet/{}", draw.deal(NAMES))]
    )


def take_in(draw: Draw) -> list[Request]:
    """Take in an item, sometimes twice."""
    item = {
        "name": draw.deal(ITEM_NAMES),
        "price": draw.deal(PRICES),
        "in_stock": draw.deal(STOCKS),
        **draw.deal(OTHER_KEYS),
    }
    return [post(item)] * draw.deal(TIMES)


def refuse(draw: Draw) -> list[Request]:
    """Send items that do not fit."""
    good = {"name": draw.name(), "price": draw.randint(1, 99), "in_stock": draw.choice(STOCKS)}
    json = {"content-type": "application/json"}
    return [
        *[post(good | draw.deal(BAD_FIELDS)) for _ in range(2)],
        request("POST", "/items", content=draw.deal(BAD_BODIES), headers=json),
    ]


def post(item: dict[str, Any]) -> Request:
    """Write the request for an item; keys whose value is `...` are left out."""
    body = {key: value for key, value in item.items() if value is not ...}
    return request("POST", "/items", body=body)


def same_amount(expected: Any, seen: Any) -> bool:
    """Compare amounts, written as a number or as a string."""
    if isinstance(seen, bool) or not isinstance(seen, str | int | float):
        return False
    try:
        return Decimal(str(seen)) == Decimal(str(expected))
    except InvalidOperation:
        return False


def name_culprits(expected: Any, seen: Any) -> bool:
    """Tell whether each error is at a field that is expected to be at fault."""
    try:
        wanted, named = ([each["loc"][:2] for each in errors] for errors in (expected, seen))
    except (TypeError, KeyError):
        return False
    if all(
        isinstance(each, list) and each[-1:] in (["name"], ["price"], ["in_stock"])
        for each in wanted
    ):
        return bool(named) and all(each in wanted for each in named)
    return bool(named) and all(each[:1] == ["body"] for each in named)


STRANGE = "Any other path is a 404"

traffic = Traffic(
    scenes=(ask_health, *[greet] * 4, *[take_in] * 4, *[refuse] * 2),
    freedoms=(
        Freedom("The reply has the same amount, as the number", "body.price", same_amount),
        Freedom("Each `loc` in it names a field that is wrong", "body.detail", name_culprits, 422),
        Freedom(STRANGE, "body", status=404),
        Freedom(STRANGE, "headers.content-type", status=404),
    ),
    requests=60,
)
