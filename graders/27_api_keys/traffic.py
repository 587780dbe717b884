"""Traffic of 27_api_keys: good and bad keys, which are made, used, revoked and expire.

The keys that are stored at the start are known, and all hold a mark behind their prefix.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import httpx

from dojo.grader import (
    Change,
    Draw,
    Freedom,
    Labs,
    Log,
    Request,
    Step,
    Traffic,
    exchange_of,
    request,
)

MARK = "k3pt-s3cr3t"
TABLES = """
    CREATE TABLE keys (id INTEGER PRIMARY KEY, client TEXT, prefix TEXT, digest TEXT, scope TEXT,
        expires_at TEXT, revoked_at TEXT, last_used_at TEXT);
    CREATE TABLE parcels (id INTEGER PRIMARY KEY, client TEXT, goes_to TEXT);
    INSERT INTO parcels VALUES (1, 'acme', 'Kochi'), (2, 'borg', 'Goa');
"""
OFFICE = {"X-Office": "demo-office"}
KEYS = (  # prefix, client, scope, days until it expires; the number is a part of the key
    ("same-one", "acme", "read", 30),
    ("same-one", "borg", "write", 30),
    ("same-one", "acme", "write", 400),
    ("Same-One", "borg", "read", 30),
    ("10000001", "acme", "write", 1),
    ("10000002", "borg", "write", 2),
    ("\xe9\xe8-acme-", "acme", "read", 3),
    ("%5F'\xe9--%", "o'neil", "write", 30),
    ("________", "borg", "read", 0),
)
TEXTS = tuple(f"{prefix}{MARK}-{number}" for number, (prefix, *_) in enumerate(KEYS))
WRITER = TEXTS[1]
ODD = TEXTS[7]
REVOKED = (0, 2, 3, 4, 5, 6)
WRONG = (
    *("", MARK, TEXTS[0][:8], TEXTS[0][:-1], f"{TEXTS[0]}0", TEXTS[0].upper()),
    *(TEXTS[5].replace("-5", "-6"), "demo-acme-read", "null", "\xff" * 50, "x" * 3000),
    hashlib.sha256(TEXTS[1].encode()).hexdigest(),
)
PLACES = ("Pune", " Zoë & 50%41 ", "x" * 100, "आदित्य 👩\u200d🚀", "'; DROP TABLE keys; --")
BAD_BODIES: tuple[Any, ...] = (
    *({"to": ""}, {"to": "x" * 101}, {"to": None}, {}, [], "Pune", {"to": 5}, None),
)
BAD_DRAFTS: tuple[dict[str, Any], ...] = (
    *({"days": 0}, {"days": 366}, {"scope": "admin"}, {"scope": None}),
)
CLIENTS = ("acme", "borg", "o'neil", "nobody", "Acme")


def ask(text: str, method: str = "GET", **options: Any) -> Request:
    """Ask for the parcels with a key."""
    return request(method, "/parcels", headers={"X-API-Key": text}, **options)


def use(draw: Draw) -> list[Step]:
    """Use two of the keys, whatever has become of them, and the one that stays good."""
    one, other = draw.deal(TEXTS), draw.deal(TEXTS)
    place = {"to": draw.deal(PLACES), "client": "borg"}
    return [
        ask(one),
        ask(one, "POST", body=place),
        ask(WRITER, "POST", body=place),
        ask(other),
        wait(draw, "minutes", 1, 500),
    ]


def refuse(draw: Draw) -> list[Step]:
    """Come with a wrong key, in the query too, and with a body that does not fit."""
    wrong, body = draw.deal(WRONG), draw.deal(BAD_BODIES)
    asked = ask(wrong, query={"api_key": TEXTS[2], "X-API-Key": TEXTS[2]})
    return [asked, ask(draw.deal(WRONG), "POST", body=body), request("GET", "/parcels")]


def misuse(draw: Draw) -> list[Step]:
    """Send a body that does not fit with a good key, and use the key right after."""
    return [ask(ODD, "POST", body=draw.deal(BAD_BODIES)), ask(ODD)]


def revoke(draw: Draw) -> list[Step]:
    """Revoke a key, use it, and revoke it again later."""
    number = draw.deal(REVOKED)
    path = f"/keys/{number + 1}"
    return [
        request("DELETE", path, headers=OFFICE),
        ask(TEXTS[number]),
        wait(draw, "minutes", 1, 500),
        request("DELETE", path, headers=OFFICE),
        request("DELETE", draw.deal(("/keys/9", "/keys/999")), headers=OFFICE),
        request("DELETE", f"/keys/{draw.randint(1, 9)}"),
        request("GET", "/clients/{}/keys", KEYS[number][1], headers=OFFICE),
    ]


def manage(draw: Draw) -> list[Step]:
    """List the keys of a client, make one, and list them again."""
    client = draw.deal(CLIENTS)
    draft: dict[str, Any] = {
        "scope": draw.deal(("read", "write")),
        "days": draw.deal((1, 2, 30, 365)),
    }
    bad = draw.deal(BAD_DRAFTS)
    return [
        request("POST", "/clients/{}/keys", client, headers=OFFICE, body=draft),
        request("POST", "/clients/{}/keys", client, headers=OFFICE, body=draft | bad),
        request("GET", "/clients/{}/keys", client, headers=OFFICE),
        request("GET", "/clients/{}/keys", "Acme", headers=OFFICE),
        request("GET", "/clients/{}/keys", client),
    ]


def pass_days(draw: Draw) -> list[Step]:
    """Let a day pass, and use the keys that may have expired."""
    return [wait(draw, "days", 1, 1), ask(draw.deal(TEXTS[4:7])), ask(draw.deal(TEXTS[4:7]))]


def wait(draw: Draw, unit: str, least: int, most: int) -> Change:
    """Move the clock."""
    number = draw.randint(least, most)
    return Change(f"{number} {unit} later", lambda labs: labs.clock.advance(**{unit: number}))


def prepare(labs: Labs) -> None:
    """Store the keys; their expiry is counted from the start."""
    labs.database.execute_script(TABLES)
    labs.database.insert(
        "keys",
        [
            {
                "client": client,
                "prefix": prefix,
                "digest": hashlib.sha256(text.encode()).hexdigest(),
                "scope": scope,
                "expires_at": (labs.clock.now + timedelta(days=days)).isoformat(),
            }
            for (prefix, client, scope, days), text in zip(KEYS, TEXTS, strict=True)
        ],
    )


def listen(labs: Labs, response: httpx.Response) -> dict[str, Any]:
    """Tell whether a key is in the body, in a header, or in what was logged for a request."""
    exchange = exchange_of(response)
    said = [response.text, *response.headers.values(), str(exchange.raised)]
    for event in reversed(labs.host.evidence.events):
        if isinstance(event, Log):
            if event.call != exchange.number:
                break
            said += [event.message, *map(str, event.fields.values())]
    return {"a key in the answer, the log or an exception": MARK in "\n".join(said)}


def read_stored(labs: Labs) -> dict[str, Any]:
    """Tell what is stored of keys and parcels."""
    sql = "SELECT id, client, scope, expires_at, revoked_at, last_used_at FROM keys ORDER BY id"
    keys = [
        {name: read_time(value) for name, value in row.items()} for row in labs.database.rows(sql)
    ]
    parcels = labs.database.rows("SELECT * FROM parcels ORDER BY id")
    return {"stored keys": keys, "stored parcels": parcels}


def read_time(value: Any) -> Any:
    """Write a time in one way; anything else stays as it is."""
    try:
        return datetime.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        return value


def same_time(expected: Any, seen: Any) -> bool:
    """Compare two times, whichever way UTC is written."""
    return bool(read_time(expected) == read_time(seen))


def same_prefix(expected: Any, seen: Any) -> bool:
    """Compare two prefixes; those of keys that the app has made are drawn."""
    known = {prefix for prefix, *_ in KEYS}
    if expected in known or seen in known:
        return bool(expected == seen)
    return isinstance(seen, str) and len(seen) == len(expected)


def is_key(expected: Any, seen: Any) -> bool:
    """Tell whether a key has the length of one that was drawn."""
    return isinstance(seen, str) and len(seen) == len(expected)


DRAWN = "what `make_key` gave"
TIMES = "may end in `Z` or in `+00:00`"

traffic = Traffic(
    scenes=(use, use, use, refuse, refuse, misuse, revoke, manage, pass_days),
    freedoms=(
        Freedom(DRAWN, "body.key", is_key, 201),
        Freedom(DRAWN, "body.prefix", same_prefix, 201),
        Freedom(DRAWN, "body[].prefix", same_prefix, 200),
        *[
            Freedom(TIMES, f"body{place}.{name}", same_time)
            for place in ("", "[]")
            for name in ("expires_at", "revoked_at", "last_used_at")
        ],
        Freedom("The answer is a 204", "headers.content-type", status=204),
        Freedom("a 404, whose body is up to you", "body", status=404),
        Freedom("a 404, whose body is up to you", "headers.content-type", status=404),
    ),
    headers=("www-authenticate",),
    prepare=prepare,
    watch=listen,
    inspect=read_stored,
    requests=60,
)
