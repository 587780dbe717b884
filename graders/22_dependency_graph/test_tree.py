"""Grader of 22_dependency_graph: what each request parses, opens, draws and connects to.

What happens is read from the reports of the given files. Overrides are set by the given routes
below `/checks`, which do to the app what a test does.
"""

from decimal import Decimal
from typing import Any

import httpx

from dojo.grader import (
    Exchange,
    Host,
    Log,
    Oracle,
    SeededInputs,
    criterion,
    exchange_of,
    expect,
    expect_events,
    finish,
    same_json,
)

Json = dict[str, Any]
Step = tuple[str, str, Any]
"""A method, a path and a body."""

KEY = {"Authorization": "Bearer asha-token"}
NAMES = ("Basil", "Mint", "Sage", "Thyme", "Dill")
PLANTS = 48
LIST, PLANT, LABEL = (
    ("GET", "/plants", None),
    ("GET", "/plants/7", None),
    ("GET", "/labels/7", None),
)
MOVE = ("POST", "/plants/7/moves", {"source": "house 1", "target": "shop", "pieces": 3})
ROUTES: tuple[Step, ...] = (LIST, PLANT, LABEL, MOVE)
OWN_SETTINGS = {"currency": "EUR", "tax": "0.07", "cache_url": "memory://desk"}


async def ask(client: httpx.AsyncClient, step: Step, headers: Any = KEY) -> httpx.Response:
    """Send one request and wait until the app is done with it."""
    method, path, body = step
    return await finish(await client.request(method, path, json=body, headers=headers))


async def ask_for(client: httpx.AsyncClient, step: Step) -> httpx.Response:
    """Send a request that is to succeed."""
    return expect(await ask(client, step)).status(201 if step is MOVE else 200).response


async def override(client: httpx.AsyncClient, settings: Json) -> None:
    """Have the app work with other settings."""
    expect(await ask(client, ("PUT", "/checks/settings", settings), {})).status(204)


async def restore(client: httpx.AsyncClient) -> None:
    """Have the app work with its own settings again."""
    expect(await ask(client, ("DELETE", "/checks/settings", None), {})).status(204)


def name_of(exchange: Exchange) -> str:
    """Name a request in a sentence."""
    return f"{exchange.scope['method']} {exchange.scope['path']}"


def reports_of(host: Host, answer: httpx.Response, logger: str) -> list[Log]:
    """Give what was reported on behalf of one request."""
    number = exchange_of(answer).number
    return [log for log in host.evidence.logs(logger) if log.call == number]


def count(number: int, noun: str) -> str:
    """Say how many there are."""
    return {0: f"no {noun}", 1: f"1 {noun}"}.get(number, f"{number} {noun}s")


def price(number: int, settings: Json) -> str:
    """Give the price of a plant, with tax."""
    with_tax = (Decimal("2.45") + number % 5) * (1 + Decimal(settings["tax"]))
    return f"{with_tax:.2f}"


def view(number: int, settings: Json = OWN_SETTINGS) -> Json:
    """Give a plant as it is shown."""
    shown = {"name": NAMES[number % 5], "price": price(number, settings)}
    return {"id": number, "currency": settings["currency"]} | shown


@criterion(task=1)
async def test_settings_are_parsed_once(client: httpx.AsyncClient, host: Host) -> None:
    """All requests together parse the settings at most once, also after an override has ended."""
    for step in (*ROUTES, *ROUTES):
        expect_parsed_once(host, await ask_for(client, step))
    expect(await ask_for(client, PLANT)).json_at("price", equals=price(7, OWN_SETTINGS))
    await override(client, OWN_SETTINGS | {"currency": "INR"})
    for step in ROUTES:
        expect_parsed_once(host, await ask_for(client, step))
    await restore(client)
    for step in ROUTES:
        expect_parsed_once(host, await ask_for(client, step))


def expect_parsed_once(host: Host, answer: httpx.Response) -> None:
    """Expect that the settings were parsed once so far, or earlier, when the app was imported."""
    in_all = len(host.evidence.logs("kata.settings", "parsed"))
    if in_all > 1:
        own = len(reports_of(host, answer, "kata.settings"))
        seen = f"this request parses them {count(own, 'time')}, and it is {in_all} times by now"
        raise expect(answer).fails("that the settings are parsed once, for all requests", seen)


@criterion(task=1)
async def test_override_reaches_every_route(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """With overridden settings each route works with these alone: prices, currency and cache."""
    other = {
        "currency": inputs.word().upper(),
        "tax": f"0.{inputs.randint(11, 98)}",
        "cache_url": f"memory://{inputs.word()}",
    }
    down = {"currency": inputs.word(), "tax": "1", "cache_url": f"down:{inputs.word()}"}
    await override(client, other)
    await expect_settings(client, host, other, views=1)
    await restore(client)
    await expect_settings(client, host, OWN_SETTINGS, views=1)
    await override(client, down)
    await expect_settings(client, host, down, views=None)
    await override(client, other)
    await expect_settings(client, host, other, views=2)
    await restore(client)
    await expect_settings(client, host, OWN_SETTINGS, views=2)


async def expect_settings(
    client: httpx.AsyncClient, host: Host, settings: Json, views: int | None
) -> None:
    """Expect that each route works with these settings; without `views` there is no cache."""
    because = "The settings are " + ", ".join(f"{key} {text}" for key, text in settings.items())
    listed = await ask_for(client, ("GET", "/plants?size=3", None))
    plants = expect(listed).read_json("plants")
    for at, plant in enumerate(plants if isinstance(plants, list) else []):
        number = plant.get("id") if isinstance(plant, dict) else None
        if type(number) is int:
            expect(listed).json_at("plants", at, equals=view(number, settings), because=because)
    label = await ask_for(client, LABEL)
    text = f"Sage, {price(7, settings)} {settings['currency']}"
    expect(label).json({"text": text, "printed_by": "Asha"}, because)
    for answer in (listed, label, await ask_for(client, MOVE)):
        expect_caches(host, answer, [], "This route needs no cache.")
    details = await ask(client, PLANT)
    if views is None:
        expect(details).status(500, "There is no cache at an address that begins with 'down:'.")
    else:
        expect(details).status(200).json(view(7, settings) | {"views": views}, because)
    expect_caches(host, details, [settings["cache_url"]], because)


def expect_caches(host: Host, answer: httpx.Response, urls: list[str], because: str) -> None:
    """Expect that a request connects to these caches, unless an earlier one has done so."""
    seen = [log.fields.get("url") for log in reports_of(host, answer, "kata.cache")]
    if seen not in ([], urls):
        expected = f"that it connects to {', '.join(urls) or 'no cache'}"
        found = f"it connects to {', '.join(map(str, seen)) or 'no cache'}"
        raise expect(answer).fails(expected, found, because)


@criterion(task=2)
async def test_session_serves_one_request(client: httpx.AsyncClient, host: Host) -> None:
    """A request opens at most one session, works with it alone, and it is closed once, at last."""
    missing = [(method, path.replace("7", "99"), body) for method, path, body in ROUTES[1:]]
    bad = [("GET", "/plants?page=0", None), (MOVE[0], MOVE[1], {"pieces": 0})]
    for step in (*ROUTES, *missing, *bad, *ROUTES):
        answer = await ask(client, step)
        code = 201 if step is MOVE else 200 if step in ROUTES else 404 if step in missing else 422
        expect(answer).status(code)
        expect_own_session(host, answer)
    expect_own_session(host, await ask(client, LIST, {"Authorization": "Bearer nobody-token"}))
    await override(client, OWN_SETTINGS | {"cache_url": "down:"})
    expect_own_session(host, await ask(client, PLANT))  # a crash, since there is no cache


def expect_own_session(host: Host, answer: httpx.Response) -> None:
    """Expect that a request has worked with one session, its own, and that this is closed."""
    name = name_of(exchange_of(answer))
    reports = reports_of(host, answer, "kata.session")
    opened = [log.fields.get("session") for log in reports if log.message == "opened"]
    used = {log.fields.get("session") for log in reports if log.message != "closed"}
    if len(opened) > 1:
        expected, seen = f"that {name} opens 1 session", f"it opens {count(len(opened), 'session')}"
        raise expect(answer).fails(expected, seen, "All that a request reads goes through one.")
    if used - set(opened):
        expected = f"that {name} works with a session that it has opened"
        raise expect(answer).fails(expected, "it works with a session of an earlier request")
    closed = [at for at, log in enumerate(reports) if log.message == "closed"]
    if len(closed) != len(opened):
        expected = f"that the session of {name} is closed once"
        seen = f"it is closed {len(closed)} times" if closed else "it is never closed"
        raise expect(answer).fails(
            expected, seen, f"The answer has the status {answer.status_code}."
        )
    if closed and closed[0] < len(reports) - 1:
        expected = f"that the session of {name} is closed after its last use"
        raise expect(answer).fails(expected, f"after that it reports '{reports[-1].message}'")


@criterion(task=2)
async def test_strangers_reach_nothing(client: httpx.AsyncClient, host: Host) -> None:
    """Without a known token the answer is 401, and no plant, entry or cache is reached."""
    bad: list[Step] = [("GET", "/plants?page=0", None), ("GET", "/plants?page=101&size=100", None)]
    bad += [("GET", "/plants/99", None), ("GET", "/labels/x", None), (MOVE[0], MOVE[1], {})]
    for step in (*ROUTES, *bad, (MOVE[0], "/plants/99/moves", MOVE[2])):
        for headers in ({}, {"Authorization": "Bearer nobody-token"}):
            answer = await ask(client, step, headers)
            expect(answer).status(401)
            expect_caches(host, answer, [], "Nobody has this token.")
            done = [log.message for log in reports_of(host, answer, "kata.session")]
            if more := [each for each in done if each not in ("opened", "user read", "closed")]:
                expected = "that nothing but a user is looked for"
                seen = f"the session reports '{more[0]}'"
                raise expect(answer).fails(expected, seen, "Nobody has this token.")
    for step in ROUTES:
        if not reports_of(host, await ask_for(client, step), "kata.session"):
            expected = f"that the session reports what {step[0]} {step[1]} does"
            raise expect_events(host).fails(expected, "it reports nothing")


@criterion(task=3)
async def test_numbers_stand_for_one_thing(client: httpx.AsyncClient, host: Host) -> None:
    """A request has one number, in header and body, and each entry another one."""
    seen: set[str] = set()
    for step in (MOVE, LIST, MOVE, PLANT, LABEL, MOVE):
        answer = await ask_for(client, step)
        number = answer.headers.get("x-request", "")
        if not number.isdecimal():
            raise expect(answer).fails("a number in the header 'X-Request'", f"'{number}'")
        numbers = [number]
        if step is MOVE:
            body = {name: expect(answer).read_json(name) for name in ("request", "taken", "placed")}
            if not same_json(body["request"], int(number)):
                expected = f"the number of the header, {number}, under 'request'"
                raise expect(answer).fails(expected, f"{body['request']}")
            numbers += [str(body["taken"]), str(body["placed"])]
            expect_entries(host, answer, body)
        if len(set(numbers)) < len(numbers) or seen & set(numbers):
            again = "in this answer" if len(set(numbers)) < len(numbers) else "in an earlier one"
            expected = "numbers that stand for nothing else"
            found = f"the numbers {', '.join(numbers)}, of which one also stands {again}"
            raise expect(answer).fails(expected, found)
        seen |= set(numbers)


def expect_entries(host: Host, answer: httpx.Response, body: Json) -> None:
    """Expect the two entries of a move, with the numbers of the answer."""
    added = [
        {name: log.fields.get(name) for name in ("entry", "plant", "place", "pieces")}
        for log in reports_of(host, answer, "kata.session")
        if log.message == "entry added"
    ]
    taken = {"entry": body["taken"], "plant": 7, "place": "house 1", "pieces": -3}
    placed = {"entry": body["placed"], "plant": 7, "place": "shop", "pieces": 3}
    if not same_json(added, [taken, placed]):
        because = "The numbers are those of the answer."
        raise expect(answer).fails(f"the entries {[taken, placed]}", f"{added}", because)


@criterion(task=4)
async def test_pages_begin_at_zero(client: httpx.AsyncClient) -> None:
    """Page 1 begins with the first plant, others are refused, the document lists both names."""
    for query, first, last in (
        ("", 1, 20),
        ("?page=1&size=1", 1, 1),
        ("?page=2", 21, 40),
        ("?page=3&size=20", 41, PLANTS),
        ("?size=100", 1, PLANTS),
        ("?page=48&size=1", PLANTS, PLANTS),
        ("?page=100&size=100", 1, 0),
        ("?page=10000&size=1", 1, 0),
    ):
        plants = [view(number) for number in range(first, last + 1)]
        answer = await ask_for(client, ("GET", f"/plants{query}", None))
        expect(answer).json({"total": PLANTS, "plants": plants})
    for page, size in ((0, 20), (-1, 20), (1, 0), (1, 101), (101, 100), (10001, 1), (5000, 3)):
        query = f"page={page}&size={size}"
        expect(await ask(client, ("GET", f"/plants?{query}", None))).status(422)
    await expect_documented(client)


async def expect_documented(client: httpx.AsyncClient) -> None:
    """Expect that the document has `page` and `size` as the only parameters in a query."""
    answer = await ask(client, ("GET", "/openapi.json", None), {})
    expect(answer).status(200)
    for path in ("/plants", "/plants/{plant_id}", "/plants/{plant_id}/moves", "/labels/{plant_id}"):
        method = "post" if path.endswith("moves") else "get"
        operation = expect(answer).read_json("paths", path, method)
        found = operation.get("parameters") if isinstance(operation, dict) else None
        listed = [each for each in found or [] if isinstance(each, dict)]
        names = sorted(str(each.get("name")) for each in listed if each.get("in") == "query")
        wanted = ["page", "size"] if path == "/plants" else []
        if names != wanted:
            expected = f"the query parameters {wanted} for {method.upper()} {path}"
            because = "What is listed there can be sent by every client."
            raise expect(answer).fails(expected, f"the query parameters {names}", because)


@criterion(task=4)
async def test_page_needs_no_request(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """A test builds a `Page` by itself, with and without values."""
    page, size = inputs.randint(2, 90), inputs.randint(1, 100)
    for values, offset, own_size in (
        ({}, 0, 20),
        ({"page": page}, 20 * (page - 1), 20),
        ({"size": size}, 0, size),
        ({"page": page, "size": size}, size * (page - 1), size),
    ):
        given = [f"{name}={value}" for name, value in values.items()]
        path = "/checks/page" + ("?" if given else "") + "&".join(given)
        answer = await ask(client, ("GET", path, None), {})
        because = f"This is 'Page({', '.join(given)})'."
        expect(answer).status(200, because).json({"offset": offset, "size": own_size}, because)


@criterion(task=2)
async def test_any_request_keeps_rules(oracle: Oracle) -> None:
    """Whatever is asked with whichever settings, the answer and what is done are the right ones."""
    await oracle.compare()
