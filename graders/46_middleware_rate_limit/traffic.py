"""Traffic of 46_middleware_rate_limit: clients of all kinds use up their limits.

Each scene begins when nothing counts any more. In most of them one client sends five requests that
look like those of five clients, or like none, and then one more.

Not sent is what the statement leaves open: lists of proxies alone, entries that are empty or have a
port, addresses in two spellings, and entries that differ in capital letters alone.
"""

from collections.abc import Sequence
from typing import Any

import httpx

from dojo.grader import (
    Change,
    Connect,
    Draw,
    Freedom,
    Labs,
    Leave,
    Message,
    Request,
    Step,
    Traffic,
    exchange_of,
    request,
)

LIMIT = 5
PATHS = ("/tides/brest", "/tides/cadiz", "/tides/brest?first=1", "/tides/dover")
PROXIES = ("10.0.0.0", "10.0.0.3", "10.0.0.15", "2001:db8:a::1", "2001:db8:a:0:ffff::2")
NEIGHBOURS = ("10.0.0.16", "10.0.0.77", "10.0.0.200")
"""Addresses that are near the proxies, and none of them."""
ADDRESSES = ("198.51.100.9", "2001:db8::5", "2001:db8:a:1::1", "127.0.0.1", "8.8.8.8")
NAMES = ("_" + "hidden" * 11, "pier-4." * 10 + "example", "x" * 300)
"""What a proxy may name besides addresses; each is longer than any address."""
FORGED = ("192.0.2.1", "192.0.2.2", "192.0.2.3", "caf\xe9", "2001:db8:7::1", "192.0.2.4")
"""What a client writes into the header itself, each for another one."""
SPACES = (", ", ",", " ,  ", ",\t")
CLAIMS = ("X-Real-IP", "Forwarded", "True-Client-IP", "X-Client-IP", "X-Forwarded-Host")
ORIGINS = ("", "https://sailing.example.com", "https://attacker.io", "null")
ASKED = {"Access-Control-Request-Method": "GET"}
ODD: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("GET", "/healthy", {}),
    ("GET", "/health/", {}),
    ("GET", "/Health", {}),
    ("GET", "/health/deep", {}),
    ("GET", "/tides/health", {}),
    ("OPTIONS", "/tides/brest", {}),
    ("OPTIONS", "/tides/brest", ASKED),
    ("OPTIONS", "/tides/cadiz", {"Origin": "https://sailing.example.com"}),
    ("GET", "/tides/cadiz", {"Origin": "https://sailing.example.com"} | ASKED),
    ("GET", "/tides/cadiz", {"Upgrade": "websocket", "Connection": "Upgrade"}),
)
"""What is limited, though it looks like something else."""
FREE: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("GET", "/health", {}),
    ("GET", "/%68ealth?deep=1", {}),
    ("POST", "/health", {}),
    ("OPTIONS", "/tides/brest", {"Origin": "https://sailing.example.com"} | ASKED),
    ("OPTIONS", "/no-such-path", {"Origin": "https://attacker.io"} | ASKED),
)
WAITS = (60, 60.5, 61, 3600)


def ask(draw: Draw, peer: str | None, entries: str = "", path: str = "", **headers: str) -> Request:
    """Write a request of a peer, over a connection of its own; it may be one of a page."""
    said = {"X-Forwarded-For": entries} if entries else {}
    origin = draw.deal(ORIGINS)
    said |= {"Origin": origin} if origin else {}
    client = (peer, draw.randint(1024, 65535)) if peer else None
    return request("GET", path or draw.deal(PATHS), headers=said | headers, client=client)


def relay(draw: Draw, client: str, **headers: str) -> Request:
    """Write a request of a client that comes through one proxy or several."""
    forged = draw.sample(FORGED, draw.randint(0, 2))
    chain = draw.sample(PROXIES, draw.randint(1, 4))
    entries = [*forged, draw.deal(FORGED), client, *chain[1:]]
    text = entries[0]
    for each in entries[1:]:
        text += draw.deal(SPACES) + each
    return ask(draw, chain[0], text, **headers)


def come_directly(draw: Draw) -> list[Step]:
    """Use up the limit of a peer with a forged header each time; one more comes through a proxy."""
    peer = draw.deal(NEIGHBOURS)
    steps: list[Step] = [ask(draw, peer, draw.deal(FORGED)) for _ in range(LIMIT + 1)]
    return [*steps, relay(draw, peer)]


def come_through_proxies(draw: Draw) -> list[Step]:
    """Use up the limit of a client behind proxies; one more has another client behind them."""
    steps: list[Step] = []
    for client in ("unknown", draw.deal(NAMES)):
        steps += [relay(draw, client) for _ in range(LIMIT + 1)]
        steps += [relay(draw, f"{client}7"), ask(draw, draw.deal(PROXIES))]
    return steps


def claim(draw: Draw) -> list[Step]:
    """Use up a limit, with all kinds of headers that name somebody else.

    The client's address begins as that of a proxy does.
    """
    steps: list[Step] = []
    for number, header in enumerate((*CLAIMS, *CLAIMS[:2])):
        address = f"192.0.2.{100 + number}"
        value = f"for={address}" if header == "Forwarded" else address
        steps.append(relay(draw, "10.0.0.30", **{header: value}))
    return steps


def come_from_nowhere(draw: Draw) -> list[Step]:
    """Use up the limit of those without a peer; then one more comes from a page of each origin.

    Whoever a proxy does not know is another client.
    """
    session = Connect("session 5", "/live", {"X-Forwarded-For": draw.deal(FORGED)}, client=None)
    steps: list[Step] = [ask(draw, None, draw.deal(FORGED)) for _ in range(LIMIT - 1)]
    steps += [session, Message(session.name, ["cadiz"])]
    steps += [ask(draw, None, draw.deal(FORGED)) for _ in ORIGINS]
    return [*steps, Leave(session.name), relay(draw, "unknown")]


def ask_oddly(draw: Draw) -> list[Step]:
    """Let two clients send five odd requests, after free ones, and then one more."""
    steps, client = list[Step](), ""
    for number, (method, path, headers) in enumerate(ODD):
        if number % LIMIT == 0:
            client = f"198.51.100.{60 + number // LIMIT}"
            steps += [write(*draw.deal(FREE), peer=client) for _ in range(3)]
        steps.append(write(method, path, headers, client))
        if number % LIMIT == LIMIT - 1:
            steps.append(write("GET", PATHS[0], {}, client))
    return steps


def write(method: str, path: str, headers: dict[str, str], peer: str) -> Request:
    """Write a request of a peer."""
    return request(method, path, headers=headers, client=(peer, 1024))


def use_sessions(draw: Draw) -> list[Step]:
    """Open sessions and send requests in any order, behind a proxy, until both are refused."""
    client, names = draw.deal(ADDRESSES), [f"session {number}" for number in range(1, 5)]
    said = {"X-Forwarded-For": f"{draw.deal(FORGED)}, {client}"}
    opened = [Connect(name, "/live", said, client=(draw.deal(PROXIES), 1024)) for name in names[:3]]
    steps: list[Step] = [opened[0], Message(names[0], ["brest", "x", "", "cadiz"])]
    steps += draw.sample([*opened[1:], relay(draw, client), relay(draw, client)], 4)
    steps += [Message(each, ["brest", "x"]) for each in names[1:3]]
    steps += [Connect(names[3], "/live", said, client=(client, 1024)), ask(draw, client)]
    return [*steps, *(Leave(each) for each in names[:3])]


def crash_and_recover(draw: Draw) -> list[Step]:
    """Crash the route that can, use up the rest, and ask again at the edges of the window."""
    client = draw.deal(ADDRESSES)
    crash = request("GET", "/tides/dover/mean", crashes=True, client=(client, 1024))
    steps: list[Step] = [crash, wait(draw.choice((1, 10, 30.25)))]
    steps += [ask(draw, client) for _ in range(LIMIT)]
    return [*steps, wait(59), ask(draw, client), ask(draw, client)]


def wait(seconds: float) -> Change:
    """Let time pass."""
    return Change(f"{seconds} seconds pass", lambda labs: labs.clock.advance(seconds))


SCENES = (
    come_directly,
    come_through_proxies,
    claim,
    come_from_nowhere,
    ask_oddly,
    use_sessions,
    crash_and_recover,
)


def visit(draw: Draw) -> list[Step]:
    """Play all scenes in any order, each after a time in which all limits have recovered."""
    steps: list[Step] = []
    for scene in draw.sample(SCENES, len(SCENES)):
        steps += [*scene(draw), wait(draw.deal(WAITS))]
    return steps


def watch(_: Labs, response: httpx.Response) -> dict[str, Any]:
    """Tell all headers of an answer, those of CORS of a 429, and what the server gets of a 500."""
    if response.status_code == 500:
        return {"the server gets an exception": exchange_of(response).raised is not None}
    items: Sequence[tuple[str, str]] = response.headers.multi_items()
    is_refused = response.status_code == 429
    told = [each for each in items if not is_refused or each[0].startswith("access-control-")]
    headers = ", ".join(f"{name}: {value}" for name, value in sorted(told))
    return {"of CORS it has" if is_refused else "its headers are": headers}


def inspect(labs: Labs) -> dict[str, Any]:
    """Tell what the lifespan has reported."""
    logs = labs.host.evidence.logs("kata.tides")
    return {"the lifespan reports": [each.message for each in logs]}


def is_json(_: Any, seen: Any) -> bool:
    """Tell whether a content type is one of JSON."""
    return isinstance(seen, str) and seen.endswith(("/json", "+json"))


WORDS = "JSON of your choice as its body"

traffic = Traffic(
    scenes=(visit,),
    freedoms=(
        Freedom(WORDS, "body", status=429),
        Freedom(WORDS, "headers.content-type", is_json, 429),
    ),
    headers=("retry-after", "allow"),
    watch=watch,
    inspect=inspect,
    requests=60,
)
