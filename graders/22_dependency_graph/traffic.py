"""Traffic of 22_dependency_graph: everybody asks for everything, while the settings change.

Not sent is what the statement leaves open: a missing plant where there is no cache, a parameter
that no route has, and requests at the same moment before there are settings.
"""

from typing import Any

import httpx

from dojo.grader import (
    Draw,
    Freedom,
    Labs,
    Log,
    Request,
    Step,
    Together,
    Traffic,
    exchange_of,
    request,
)

USERS = ("asha", "ben")
PAGES: tuple[dict[str, object], ...] = (
    {},
    {"page": 1},
    {"page": 3},
    {"size": 1},
    {"size": 100},
    {"page": 48, "size": 1},
    {"page": 49, "size": 1},
    {"page": 7, "size": 7},
    {"page": 3333, "size": 3},
    {"page": 500},
)
BAD_PAGES: tuple[dict[str, object], ...] = (
    {"page": 501},
    {"page": 3334, "size": 3},
    {"page": 10**30, "size": 1},
    {"page": "", "size": 5},
    {"page": "true"},
    {"page": 1.5},
    {"size": 101},
    {"size": 0},
    {"page": -3, "size": -3},
    {"page": 0, "size": 100},
)
QUERIES = PAGES + BAD_PAGES
PLANTS = (1, 2, 7, 47, 48)
MISSING = (0, 49, -1, 10**20)
CURRENCIES = ("", " Zoe\u0308 \u212b ", "50%41", "x" * 500)
TAXES = ("0", "0.05", "1.50", "-0.2")
URLS = ("", "memory://desk ", "MEMORY://DESK", "memory://desk", "memory://Zoe\u0308")
"""One of them is the server of the desk itself."""
PLACES = (" house 1 ", "", "Zoe\u0308 50%41 👩\u200d🚀", "x" * 2000)
PIECES = (1, 10**12, 3)
BAD_MOVES: tuple[dict[str, Any], ...] = ({"pieces": 0}, {"source": None}, {"pieces": 1.5})
STRANGERS: tuple[dict[str, str], ...] = (
    {},
    {"Authorization": "Bearer ASHA-TOKEN"},
    {"Authorization": "Bearer asha-token, ben-token"},
    {"Authorization": "Basic asha-token"},
    {"Authorization": "Bearer"},
    {"X-Token": "asha-token", "Cookie": "token=asha-token"},
)


def send(draw: Draw, path: str, *values: object, query: Any = (), **more: Any) -> Request:
    """Write the request of a user: a `POST` if it has a body."""
    headers = {"Authorization": f"Bearer {draw.deal(USERS)}-token"}
    method = "POST" if "body" in more else "GET"
    return request(method, path, *values, query=query, **({"headers": headers} | more))


def make_move(draw: Draw) -> dict[str, Any]:
    """Draw the body of a move."""
    source, target = draw.deal(PLACES), draw.deal(PLACES)
    return {"source": source, "target": target, "pieces": draw.deal(PIECES)}


def turn_pages(draw: Draw) -> list[Step]:
    """Ask for pages, within the bounds and outside of them."""
    return [send(draw, "/plants", query=each) for each in draw.sample(QUERIES, len(QUERIES))]


def visit(draw: Draw) -> list[Step]:
    """Look at two plants that differ in the number alone, miss some, and move pots."""
    one, other = draw.sample((2, 7), 2)
    numbers = (one, other, one, *MISSING)
    steps: list[Step] = [send(draw, "/plants/{}", number) for number in numbers]
    steps += [send(draw, "/labels/{}", number) for number in (one, draw.deal(MISSING))]
    return [
        *steps,
        *(send(draw, "/plants/{}/moves", one, body=make_move(draw)) for _ in "12"),
        send(draw, "/plants/{}/moves", draw.deal(MISSING), body=make_move(draw)),
        *(send(draw, "/plants/{}/moves", one, body=make_move(draw) | each) for each in BAD_MOVES),
    ]


def come_as_stranger(draw: Draw) -> list[Step]:
    """Ask without a known token, for what is there and for what is not."""
    paths = ("/plants", "/plants/7", "/labels/48", "/labels/x", "/plants?page=10001&size=1")
    steps: list[Step] = [send(draw, path, headers=draw.deal(STRANGERS)) for path in paths]
    bodies: tuple[dict[str, Any], ...] = (make_move(draw), {"pieces": []})
    for body in bodies:
        headers = draw.deal(STRANGERS)
        steps += [send(draw, "/plants/{}/moves", draw.deal(PLANTS), body=body, headers=headers)]
    return steps


def override(draw: Draw, url: str) -> Request:
    """Have the app work with other settings."""
    body = {"currency": draw.deal(CURRENCIES), "tax": draw.deal(TAXES), "cache_url": url}
    return request("PUT", "/checks/settings", body=body)


RESTORE = request("DELETE", "/checks/settings")


def change_settings(draw: Draw) -> list[Step]:
    """Change the settings again and again, look at the same plant, and take them back."""
    plant = draw.deal(PLANTS)
    steps: list[Step] = []
    for url in draw.sample(URLS, len(URLS)):
        steps += [override(draw, url), send(draw, "/plants/{}", plant)]
    steps += [send(draw, "/labels/{}", plant), send(draw, "/plants", query={"size": 5})]
    steps += [override(draw, "down:"), send(draw, "/plants/{}", plant, crashes=True)]
    steps += [send(draw, "/labels/{}", plant), send(draw, "/plants", query={"page": 24, "size": 2})]
    steps += [RESTORE, send(draw, "/plants/{}", plant), send(draw, "/labels/{}", plant)]
    moves = [send(draw, "/plants/{}/moves", plant, body=make_move(draw)) for _ in "12"]
    return [*steps, Together([*moves, send(draw, "/labels/{}", plant), send(draw, "/plants")])]


def build_pages(draw: Draw) -> list[Step]:
    """Build pages as a test does."""
    return [request("GET", "/checks/page", query=draw.deal(PAGES)) for _ in "12"]


def watch(labs: Labs, response: httpx.Response) -> dict[str, Any]:
    """Tell what was done for a request, and whether it was promised so."""
    exchange, code = exchange_of(response), response.status_code
    if str(exchange.scope["path"]).startswith("/checks"):
        return {}
    logs: list[Log] = labs.host.evidence.logs("kata")
    own = [log for log in logs if log.call == exchange.number]
    reports = [log for log in own if log.logger == "kata.session"]
    opened = [log.fields.get("session") for log in reports if log.message == "opened"]
    facts: dict[str, Any] = {
        "the settings are parsed again": sum(log.message == "parsed" for log in logs) > 1,
        "more than one session is opened": len(opened) > 1,
        "another session is used": bool({log.fields.get("session") for log in reports} - {*opened}),
        "sessions left open": len(opened) - sum(log.message == "closed" for log in reports),
        "entries": [
            {name: log.fields.get(name) for name in ("plant", "place", "pieces")}
            for log in reports
            if log.message == "entry added"
        ],
    }
    details = str(exchange.scope["path"]).startswith("/plants/") and not response.request.content
    if not details or code not in (404, 422):
        facts["caches"] = [log.fields.get("url") for log in own if log.logger == "kata.cache"]
    if code == 401:
        allowed = ("opened", "user read", "closed")
        facts["done for a stranger"] = [x.message for x in reports if x.message not in allowed]
    if code in (200, 201):
        facts["numbers are told and not used twice"] = are_numbers_right(logs, own, response)
    return facts


def are_numbers_right(logs: list[Log], own: list[Log], response: httpx.Response) -> bool:
    """Tell whether the numbers of an answer are those of the request and its entries."""
    number = response.headers.get("x-request")
    added = [log for log in logs if log.message == "entry added"]
    entries = [str(log.fields.get("entry")) for log in added]
    told: list[str] = []
    if response.status_code == 201:
        try:
            body = response.json()
            if str(body["request"]) != number:
                return False
            told = [str(body["taken"]), str(body["placed"])]
        except (ValueError, KeyError, TypeError, RecursionError):
            return False
    mine = [str(log.fields.get("entry")) for log in own if log.message == "entry added"]
    return mine == told and len({*entries, number}) == len(entries) + 1


def are_numbers(expected: Any, seen: Any) -> bool:
    """Tell whether both are whole numbers; that they agree with the rest is watched."""
    return type(expected) is type(seen) is int


def is_kept(expected: Any, seen: Any) -> bool:
    """Tell whether a request has connected to the right cache, or works with what was kept."""
    return seen in ([], expected)


NUMBERS = "which numbers are drawn, is up to you"

traffic = Traffic(
    scenes=(turn_pages, visit, come_as_stranger, change_settings, build_pages),
    freedoms=(
        Freedom("What a 422 says", "body", status=422),
        Freedom("Each request may connect to it, or one for all of them", "caches", is_kept),
        *(Freedom(NUMBERS, f"body.{name}", are_numbers) for name in ("request", "taken", "placed")),
    ),
    headers=("www-authenticate",),
    watch=watch,
    requests=67,
)
