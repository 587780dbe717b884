"""Traffic of 24_login_token: members and others log in, fail, are locked and join.

All passwords hold a mark, by which one that is said anywhere is found.
"""

import base64
import functools
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

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
KEY = b"demo-key-that-everybody-can-read"
TABLE = """
    CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, password_hash TEXT,
        disabled INTEGER DEFAULT 0, failures INTEGER DEFAULT 0, locked_until TEXT);
"""
MEMBERS = (  # e-mail, password, one that is nearly right, disabled
    ("asha@example.com", f"{MARK}-asha", f"{MARK}-Asha", 0),
    ("Asha@example.com", f"{MARK}-Asha", f"{MARK}-asha", 0),
    (" asha@example.com ", f"  {MARK} ", MARK, 0),
    ("zoe\u0308@example.com", f"Zoe\u0308 \u212b {MARK}", f"Zo\u00eb \u00c5 {MARK}", 0),
    ("50%41+o'neil@example.com", f"{MARK}+%2B&=;\x00'", f"{MARK}++&=;\x00'", 0),
    ("long@example.com", f"{MARK}{'x' * 189}", f"{MARK}{'x' * 188}y", 0),
    ("off@example.com", f"{MARK}-off", f"{MARK}-of", 1),
    ("\u0906\u0926\u093f@example.com", f"{MARK}-\U0001f469\u200d\U0001f680", f"{MARK}-??", 0),
)
ASHA = MEMBERS[0]
BEN = ("ben@example.com", f"{MARK}-ben", f"{MARK}-Ben", 0)
CARLA = ("carla@example.com", f"{MARK}-carla", "", 0)
STRANGERS = (
    *("nobody@example.com", "ASHA@EXAMPLE.COM", "asha", "' OR 1=1 --", "zo\u00eb@example.com"),
    *("asha@example.com\x00", "%", "asha@example.com "),
)
EXTRAS: tuple[dict[str, str], ...] = (
    {"scope": "admin"},
    {"scope": "", "client_id": "desk", "client_secret": "7"},
    {"grant_type": "password"},
    {"sub": "9", "role": "admin", "exp": "9999999999"},
)
BAD_EXTRAS = ({"grant_type": "refresh_token"}, {"grant_type": "PASSWORD"})
JOINS = (  # bodies of new accounts
    ("new@example.com", f" {MARK}-new "),
    ("New@example.com ", f"{MARK}\u00e9e\u0301"),
    ("x@y", f"{MARK}{'y' * 180}"),
    ("asha@example.com", f"{MARK}-taken"),
)
BAD_JOINS: tuple[Any, ...] = (
    *({"email": "a@b.c", "password": MARK[:7]}, {"password": MARK}, {"email": MARK[:2]}, [MARK]),
    *({"email": "a@b.c", "password": MARK * 20}, {"email": None, "password": MARK}, MARK, None),
    *({"email": "a@b.c", "password": [MARK]}, {"email": "a@b.c", "password": f"{MARK}\ud800"}),
)


def log_in(email: str, password: str, extra: dict[str, str] | None = None) -> Request:
    """Send the form of a login."""
    form = {"username": email, "password": password} | (extra or {})
    content = urlencode(form, quote_via=quote).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Request("POST", "/token", content, headers)


def wait(description: str, **units: float) -> Change:
    """Move the clock."""
    return Change(f"{description} later", lambda labs: labs.clock.advance(**units))


def visit_members(draw: Draw) -> list[Step]:
    """Let everybody log in, after a password that is nearly right; strangers try one as well."""
    steps: list[Step] = []
    for email, password, near, _ in draw.sample(MEMBERS, len(MEMBERS)):
        steps += [log_in(email, near), log_in(email, password, draw.deal(EXTRAS))]
    return steps + [log_in(email, ASHA[1]) for email in draw.sample(STRANGERS, len(STRANGERS))]


def join(draw: Draw) -> list[Step]:
    """Make accounts and log in, also where the e-mail is taken and where a body does not fit."""
    steps: list[Step] = []
    for email, password in draw.sample(JOINS, len(JOINS)):
        steps += [
            request("POST", "/users", body={"email": email, "password": password, "id": 1}),
            log_in(email, password.strip()),
            log_in(email, password),
        ]
    return steps + [
        request("POST", "/users", body=body) for body in draw.sample(BAD_JOINS, len(BAD_JOINS))
    ]


def lock(draw: Draw) -> list[Step]:
    """Lock an account, with requests in between that do not count, and come when it is open."""
    email, password, near, _ = BEN
    wrong = log_in(email, near)
    return [
        *[wrong] * 4,
        log_in(email, near, draw.deal(BAD_EXTRAS)),
        request("POST", "/users", body={"email": email, "password": near}),
        log_in(CARLA[0], CARLA[1]),
        wait("90 days and 0.75 seconds", days=90, seconds=0.75),
        wrong,
        log_in(email, password),
        wait("14 minutes and 59.5 seconds", minutes=14, seconds=59.5),
        log_in(email, password),
        wrong,
        wait("Half a second", seconds=0.5),
        *[wrong] * draw.randint(3, 4),
        log_in(email, password),
        wrong,
    ]


def visit(draw: Draw) -> list[Step]:
    """Take the three scenes, one after the other, in any order."""
    return [step for scene in draw.sample((visit_members, join, lock), 3) for step in scene(draw)]


@dataclass
class Listener:
    """Where in the evidence the next request begins."""

    position: int


def prepare(labs: Labs) -> Listener:
    """Store the accounts."""
    labs.database.execute_script(TABLE)
    rows: list[dict[str, Any]] = [
        {
            "id": number,
            "email": email,
            "password_hash": make_hash(password),
            "disabled": disabled,
        }
        for number, (email, password, _, disabled) in enumerate((*MEMBERS, BEN, CARLA), start=11)
    ]
    labs.database.insert("users", rows)
    return Listener(len(labs.host.evidence))


@functools.cache
def make_hash(password: str) -> str:
    """Make a hash as `app/hashing.py` does, with a salt that is known."""
    salt = hashlib.sha256(password.encode()).digest()[:16]
    digest = hashlib.scrypt(password.encode(), salt=salt, n=2**10, r=8, p=1, dklen=32)
    return f"scrypt${salt.hex()}${digest.hex()}"


def listen(labs: Labs, response: httpx.Response) -> dict[str, Any]:
    """Tell whether a password is said, and how often the slow hash ran for a login."""
    listener, events = labs.prepared, labs.host.evidence.events
    new, listener.position = events[listener.position :], len(events)
    logs = [each for each in new if isinstance(each, Log)]
    said = [response.text, *response.headers.values(), str(exchange_of(response).raised)]
    for each in logs:
        said += [each.message, *map(str, each.fields.values())]
    facts: dict[str, Any] = {"a password in the answer, the log or an exception": MARK in str(said)}
    if response.request.url.path == "/token" and response.status_code in (200, 401):
        calls = (None, exchange_of(response).number)  # and not what runs when the app starts
        runs = [each for each in logs if each.logger == "kata.hashing" and each.call in calls]
        facts["runs of the slow hash"] = len(runs)
    return facts


def read_stored(labs: Labs) -> dict[str, Any]:
    """Tell which accounts are stored."""
    rows = labs.database.rows("SELECT id, email, disabled, password_hash FROM users ORDER BY id")
    hashed = [MARK not in str(row.pop("password_hash")) for row in rows]
    return {"stored accounts": rows, "stored hashes": hashed}


def same_token(expected: Any, seen: Any) -> bool:
    """Tell whether two tokens say the same but for their numbers, and both are signed."""
    return read_claims(expected) is not None and read_claims(expected) == read_claims(seen)


def read_claims(token: Any) -> str | None:
    """Give the claims of a token without its number; nothing if it is none."""
    if not isinstance(token, str) or len(token) > 2000 or token.count(".") != 2:
        return None
    try:
        header, claims, signature = (decode(part) for part in token.split("."))
        made = hmac.new(KEY, token.rpartition(".")[0].encode(), hashlib.sha256).digest()
        found, right = json.loads(claims), json.loads(header)["alg"] == "HS256"
        number = found.pop("jti")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return None
    is_signed = right and hmac.compare_digest(made, signature)
    return json.dumps(found, sort_keys=True) if is_signed and isinstance(number, str) else None


def decode(part: str) -> bytes:
    """Decode a part of a token."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


OPEN = "what else a 422 says is up to you"

traffic = Traffic(
    scenes=(visit,),
    freedoms=(
        Freedom(OPEN, "body", status=422),
        Freedom(OPEN, "headers.content-type", status=422),
        Freedom("a string that no other token has", "body.access_token", same_token, 200),
    ),
    headers=("www-authenticate",),
    prepare=prepare,
    watch=listen,
    inspect=read_stored,
    requests=40,
)
