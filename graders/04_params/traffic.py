"""Traffic of 04_params: numbers, texts, tags and names of every kind, right and wrong.

Not sent is what the statement leaves open: other ways to write a right value, such as `+5` or
`yes`, and a name that comes twice, unless it is `tag`.
"""

from typing import Any

from dojo.grader import Draw, Freedom, Request, Traffic, request

ORDERS = (2, 3, 4, 5, 6, 7)
NO_ORDERS = ("-0.5", "9" * 3000, "NaN", "1e999", "None", "-2147483648")
STRANGE_PATHS = ("/orders/1/lines", "/orders", "/")
TEXTS = (
    *("tea", "TEA", "cup", "harbour café", "löwen", "आदि", "& Co.", "None", "a+b", "te\n\ta"),
    *("Zoe\u0308 \ufb01ne \u212b", "50%41_100%", "q=1&limit=2;x", '{0} %s "quoted" \\n O\'Neil'),
    *("tea\x00\x07", "\u200btea\ufeff", "e\u0301" * 25, "👩" * 50),
)
PADS = ("", "", " ", "\t \n", "\u00a0\u3000", " " * 60)
PAGES: tuple[dict[str, Any], ...] = (
    *({}, {"limit": 1}, {"limit": 2, "offset": 1}, {"limit": 100}, {"limit": 99, "offset": 2}),
    *({"offset": 3}, {"offset": 6}, {"offset": 5_000_000_000}),
)
TAGS: tuple[tuple[str, ...], ...] = (
    *((), (), ("gift",), ("express", "gift"), ("gift", "express"), ("gift", "gift")),
    *(("paid, not sent",), ("gift,express",), (" gift",), ("Gift", "gift"), ("GIFT",), ("",)),
    *(("gift", ""), ("Zoe\u0308",), ("50%41", "a&tag=b"), ("x" * 2000,), tuple("zyxwvuts")),
    ("gift",) * 120,
)
SORTS: tuple[dict[str, str], ...] = (
    *({}, {"sort": "newest"}, {"sort": "oldest"}, {"sort": "largest"}),
)
LINES: tuple[dict[str, str], ...] = ({}, {"include_lines": "true"}, {"include_lines": "false"})
NO_TEXTS = ("\t\n\u3000", " " * 80, "e\u0301" * 26, "x" * 5000)
WRONG = (
    *(("q", text) for text in NO_TEXTS),
    *(("limit", number) for number in ("NaN", "1e999", "9" * 30, "null")),
    *(("offset", number) for number in ("NaN", "Infinity", "-0.5", "1;2")),
    *(("sort", word) for word in ("NEWEST", " newest", "newest,oldest", "-newest")),
    *(("include_lines", word) for word in ("null", "2")),
)
OTHER_NAMES = (
    *("offSet", " limit", "tag[]", "Q", "query", "include-lines", "self", "request", "utm_source"),
    *("_", "", "आदि"),
)
VALUES = ("5", "", "tea", "null")
RAW = (
    *("%71=tea&l%69mit=2", "&q=tea&&limit=2&", "tag=gift&q=tea&tag=express"),
    *("q=te%61&tag&include%5flines=true", "limt=5", "q=+&limit=0&sort=x&foo=1"),
)


def read(draw: Draw) -> list[Request]:
    """Read an order, one that there cannot be, and something else."""
    numbers = draw.deal(ORDERS), draw.deal(NO_ORDERS)
    orders = [request("GET", "/orders/{}", number) for number in numbers]
    return [*orders, Request("GET", draw.deal(STRANGE_PATHS))]


def find(draw: Draw) -> list[Request]:
    """Search for what may be searched for."""
    return [search(right(draw)) for _ in range(2)]


def refuse(draw: Draw) -> list[Request]:
    """Search with a value that does not fit."""
    return [search({"q": draw.name()} | dict([draw.deal(WRONG)])) for _ in range(2)]


def misspell(draw: Draw) -> list[Request]:
    """Search with a name that is not known."""
    return [search({"q": draw.name(), draw.deal(OTHER_NAMES): draw.deal(VALUES)}) for _ in range(2)]


def spell_out(draw: Draw) -> list[Request]:
    """Search with a query that is written in another way, or wrong in several places."""
    return [Request("GET", f"/search?{draw.deal(RAW)}") for _ in range(2)]


def right(draw: Draw) -> dict[str, Any]:
    """Draw a query in which everything fits."""
    text = f"{draw.deal(PADS)}{draw.deal(TEXTS)}{draw.deal(PADS)}"
    parts = draw.deal(PAGES) | draw.deal(SORTS) | draw.deal(LINES)
    return {"q": text, "tag": draw.deal(TAGS), **parts}


def search(query: dict[str, Any]) -> Request:
    """Write the request for a search; a tuple becomes a name that comes as often."""
    pairs = [
        (name, each)
        for name, value in query.items()
        for each in (value if isinstance(value, tuple) else (value,))
    ]
    return request("GET", "/search", query=pairs)


def name_culprits(expected: Any, seen: Any) -> bool:
    """Tell whether each error is at a parameter that is expected to be at fault."""
    try:
        wanted, named = ([each["loc"] for each in errors] for errors in (expected, seen))
    except (TypeError, KeyError):
        return False
    return bool(named) and all(each in wanted for each in named)


traffic = Traffic(
    scenes=(read, *[find] * 3, *[refuse] * 3, *[misspell] * 2, spell_out),
    freedoms=(
        Freedom("Each `loc` in the 422 names a wrong parameter", "body.detail", name_culprits, 422),
    ),
    requests=63,
)
