"""Traffic of 31_stream_export: orders of all kinds come in, and are exported in both formats.

Not sent is what the statement leaves open: a request that is wrong in both ways, and orders that
come or go while an export is under way.
"""

import csv
import io
import json
from typing import Any

from dojo.grader import (
    Change,
    Draw,
    Freedom,
    Labs,
    Request,
    Step,
    Together,
    Traffic,
    request,
    same_json,
)

PATHS = ("/shops/{}/orders", "/shops/{}/orders.csv")
SHOPS = ("lisbon", "oslo", "bergen")
MISSING = ("Lisbon", "lisbon ", "porto", "lisbon%", "0", "l\u0131sbon")
DAYS = ("2025-12-31", "2026-01-01", "2026-02-28", "2026-03-02", "2026-03-09", "2028-02-29")
BAD = (
    {"since": "soon"},
    {"until": "2026-02-29"},
    {"since": "2026-13-01"},
    {"since": "2026-03-09", "until": "2026-03-08"},
    {"since": "2026-03-02", "until": "2025-12-31"},
)
NOTES = (
    None,
    "",
    " Zoe\u0308 \u212b\t",
    'She said "no", twice""',
    "one\ntwo\r\nthree\n",
    "bell\rring",
    "=SUM(A1:A9)",
    "-5 +3 @home",
    "'quoted'; \u2028 \x85 \x0b end",
    "null",
    "NaN",
    ",",
    '"',
    '\\n \\"',
    "<b>&amp;</b> 👩\u200d🚀",
    "x" * 3000,
)
CUSTOMERS = ("Asha Rao", "Diaz, Carla", " Ben ", "O'Brien\nJr.", "", "Ωmega", "+351 21", '"Emil"')
AMOUNTS = (0, -550, 1, 10**12, 6320)
DRAFTS: tuple[dict[str, Any], ...] = ({"cents": 0}, {"placed_on": "soon"}, {"note": 5})


def insert(draw: Draw, shop: str, number: int) -> Change:
    """Have orders come from elsewhere, which may hold anything; what they earn differs."""
    rows = [
        {
            "shop": shop,
            "customer": draw.deal(CUSTOMERS),
            "note": draw.deal(NOTES),
            "cents": draw.deal(AMOUNTS),
            "placed_on": draw.deal(DAYS),
            "margin": draw.number(),
        }
        for _ in range(number)
    ]

    def apply(labs: Labs) -> None:
        labs.database.insert("orders", rows)

    return Change(f"{number} orders of {shop} are imported", apply)


def export(draw: Draw, shop: str, query: dict[str, str] | None = None) -> list[Request]:
    """Ask for both formats, in any order."""
    paths = draw.sample(PATHS, 2)
    return [request("GET", path, shop, query=query or {}) for path in paths]


def look_whole(draw: Draw) -> list[Step]:
    """Import orders for each shop and export all of them."""
    steps: list[Step] = []
    for shop in draw.sample(SHOPS, 2):
        steps += [insert(draw, shop, 8), *export(draw, shop)]
    return steps


def look_at_days(draw: Draw) -> list[Step]:
    """Ask for periods that begin, end, or both, on days that orders have."""
    shop = draw.choice(SHOPS)
    steps: list[Step] = [insert(draw, shop, len(DAYS))]
    day = draw.deal(DAYS)
    first, last = sorted(draw.sample(DAYS, 2))
    steps += export(draw, shop, {"since": day, "until": day})
    steps += export(draw, shop, {"since": first, "until": last})
    steps += export(draw, shop, {draw.choice(("since", "until")): draw.deal(DAYS)})
    return steps


def write(draw: Draw) -> list[Step]:
    """Add orders as the shops do, and have several exports at the same moment."""
    shop = draw.choice(SHOPS)
    order = {"customer": draw.deal(CUSTOMERS), "note": draw.deal(NOTES), "cents": 550}
    order["placed_on"] = draw.deal(DAYS)
    bad = order | draw.deal(DRAFTS)
    steps: list[Step] = [request("POST", "/shops/{}/orders", shop, body=order)]
    steps += [request("POST", "/shops/{}/orders", shop, body=bad)]
    steps += [request("POST", "/shops/{}/orders", draw.deal(MISSING), body=order)]
    return [*steps, Together([each for shop in SHOPS for each in export(draw, shop)])]


def miss(draw: Draw) -> list[Step]:
    """Ask for shops that are not there, and for days that are none."""
    steps: list[Step] = [*export(draw, draw.deal(MISSING))]
    for _ in range(2):
        steps += export(draw, draw.choice(SHOPS), draw.deal(BAD))
    return steps


def read(body: Any) -> Any:
    """Read an export: cells if it is CSV, else objects, of which a single one is read already."""
    if not isinstance(body, str):
        return [body]
    try:
        if body.startswith(("id,", '"id"')):
            return list(csv.reader(io.StringIO(body, newline=""), strict=True))
        return [json.loads(line) for line in body.split("\n") if line.strip()]
    except (ValueError, RecursionError, csv.Error):
        return None


def same_orders(expected: Any, seen: Any) -> bool:
    """Compare what readers of two exports find: quotes and white space of a format say nothing."""
    found = read(seen)
    return found is not None and same_json(read(expected), found)


def say_anything(status: int) -> list[Freedom]:
    """Leave open what an error says, in which form."""
    words = "What a 404, a 422 or a 500 says"
    return [Freedom(words, at, status=status) for at in ("body", "headers.content-type")]


traffic = Traffic(
    scenes=(look_whole, look_at_days, write, miss, look_whole),
    freedoms=(
        *say_anything(404),
        *say_anything(422),
        Freedom("Each line is one order as JSON", "body", same_orders, 200),
        Freedom("such as Python's `csv`, gets a row for each", "body", same_orders, 200),
    ),
    requests=56,
)
