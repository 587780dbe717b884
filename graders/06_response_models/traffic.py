"""Traffic of 06_response_models: members and profiles of every kind, which change meanwhile.

What is private is marked, in each record and each registration: the mark is said nowhere.
"""

import hashlib
import json
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

MARK = "pr1v4te"
LIBRARY = f"""
    CREATE TABLE members (id INTEGER PRIMARY KEY, email TEXT, hashed_password TEXT,
        display_name TEXT, trusted INTEGER, profile TEXT, note TEXT DEFAULT '{MARK}');
    CREATE TABLE tools (id INTEGER PRIMARY KEY, name TEXT, owner_id INTEGER, borrower_id INTEGER);
    INSERT INTO tools VALUES (-3, '', 0, NULL), (1, ' Saw & 50%41  ', 4, 0),
        (2, 'O''Neil "x"', 5, 5), (3, 'Zoe\u0308', {10**12}, 4), (12345, 'None', -5, NULL);
"""
FORGET = "UPDATE members SET email = NULL, hashed_password = NULL, note = NULL WHERE id = ?"
IDS = (0, 4, 5, 10**12, -5)
MISSING = (1, -1, 2**63 - 1, 2**63, 10**30)
BAD_IDS = ("abc", "1.5", MARK, "%20", "NaN")
NAMES = (
    "",
    "  Asha ",
    "Zoe\u0308 <b>\u212b",
    "None",
    "x" * 3000,
    "आदित्य 👩\u200d🚀",
    '{"id": 1}\n',
)
PROFILES: tuple[dict[str, Any], ...] = (
    {},
    {"city": None, "about": None, "website": None},
    {"city": "", "about": "  x ", "website": "Zoe\u0308 50%41", "phone": MARK},
    {"about": None, "City": MARK, "city ": MARK, "profile": {"city": MARK}},
    {"website": "x" * 3000, "email": f"{MARK}@example.com", "hashed_password": MARK},
    {"city": "Pune", "about": None, "id": 7, "trusted": True, "display_name": MARK},
)
PASSWORDS = (f"{MARK}!", f" {MARK} ", f"{MARK}Zoe\u0308 \u212b", MARK * 200, f"{MARK}\n\x00")
OTHER_KEYS: tuple[dict[str, Any], ...] = (
    *({}, {"id": 1}, {"trusted": True, "profile": MARK}, {"hashed_password": MARK, "X": None}),
)
BAD: tuple[dict[str, Any], ...] = (
    *({"email": ...}, {"email": None}, {"email": 5}, {"display_name": ...}, {"display_name": ""}),
    *({"display_name": [MARK]}, {"password": ...}, {"password": None}, {"password": MARK[:7]}),
    *({"password": 12345678}, {"password": {"value": MARK}}, {"password": float("nan")}),
    {"email": ..., "password": ...},
)
RAW = (
    f'{{"password": "{MARK}"'.encode(),
    f'"{MARK}"'.encode(),
    f'[{{"password": "{MARK}"}}]'.encode(),
    b"",
    b"null",
)


def look(draw: Draw) -> list[Request]:
    """Look at a member, at a card and at a profile, and for one who is not there."""
    paths = ("/members/{}", "/members/{}/card", "/members/{}/profile")
    found = [request("GET", path, draw.deal(IDS)) for path in paths]
    return [*found, request("GET", draw.deal(paths), draw.deal(MISSING))]


def fill_in(draw: Draw) -> list[Step]:
    """Change a profile three times, and look at it."""
    member_id = draw.deal(IDS)
    steps: list[Step] = []
    for _ in range(3):
        stored = json.dumps(draw.deal(PROFILES))
        steps += [
            update("profile", stored, member_id),
            request("GET", "/members/{}/profile", member_id),
        ]
    return steps


def change(draw: Draw) -> list[Step]:
    """Change what everybody may see of a member, take something else, and look at all."""
    member_id = draw.deal(IDS)
    return [
        request("GET", draw.deal(("/members", "/tools"))),
        execute(FORGET, member_id),
        update("display_name", draw.deal(NAMES), member_id),
        update("trusted", draw.randint(0, 1), member_id),
        request("GET", "/members/{}", member_id),
        request("GET", "/members"),
        request("GET", "/tools"),
    ]


def migrate(draw: Draw) -> list[Step]:
    """Add a column to both tables, and look at all."""
    steps: list[Step] = []
    for table in ("members", "tools"):
        name = draw.choice(("code", "_id", "password", "token")) + str(draw.number())
        steps.append(execute(f"ALTER TABLE {table} ADD COLUMN {name} TEXT DEFAULT '{MARK}'"))
    member_id = draw.deal(IDS)
    paths = ("/members", "/tools", f"/members/{member_id}/card", f"/members/{min(IDS)}/card")
    return [*steps, *(request("GET", path) for path in paths)]


def halve(draw: Draw) -> list[Step]:
    """Take from a member what everybody may see, look at all, and give it back."""
    member_id, column = draw.deal(IDS), draw.deal(("display_name", "trusted"))
    paths = ("/members", "/tools", f"/members/{member_id}", f"/members/{member_id}/card")
    return [
        update(column, None, member_id),
        *(request("GET", path, crashes=True) for path in paths),
        request("GET", f"/members/{member_id}/profile"),
        update(column, 1, member_id),
    ]


def register(draw: Draw) -> list[Step]:
    """Register, and look at the member if the grader knows which it is."""
    body = draft(draw) | draw.deal(OTHER_KEYS)
    return [request("POST", "/members", body=body), request("GET", "/members")]


def refuse(draw: Draw) -> list[Request]:
    """Register with something that does not fit, and ask for an id that does not."""
    raw, path = draw.deal(RAW), draw.deal(("", "/card", "/profile"))
    wrong = [draft(draw) | draw.deal(BAD) for _ in range(2)]
    bodies = [{key: each[key] for key in each if each[key] is not ...} for each in wrong]
    return [
        *(request("POST", "/members", body=body) for body in bodies),
        Request("POST", "/members", raw, {"content-type": "application/json"}),
        Request("GET", f"/members/{draw.deal(BAD_IDS)}{path}"),
    ]


def draft(draw: Draw) -> dict[str, Any]:
    """Draw the body of a registration."""
    email = draw.choice((f"{MARK}@example.com", MARK, f" {MARK} "))
    name = draw.deal(NAMES) or "-"
    return {"email": email, "display_name": name, "password": draw.deal(PASSWORDS)}


def execute(sql: str, *values: Any) -> Change:
    """Change the database."""
    shown = f"in the database: {sql}"
    for value in values:
        shown = shown.replace("?", repr(value), 1)
    return Change(shown, lambda labs: labs.database.execute(sql, values))


def update(column: str, value: Any, member_id: int) -> Change:
    """Change one value of a member."""
    return execute(f"UPDATE members SET {column} = ? WHERE id = ?", value, member_id)


def prepare(labs: Labs) -> None:
    """Fill the library; each member has another name and another profile."""
    labs.database.execute_script(LIBRARY)
    rows: list[dict[str, int | str]] = [
        {
            "id": member_id,
            "email": f"{MARK}@example.com",
            "hashed_password": MARK,
            "display_name": NAMES[number],
            "trusted": number % 2,
            "profile": json.dumps(PROFILES[number + 1]),
        }
        for number, member_id in enumerate(IDS)
    ]
    labs.database.insert("members", rows)


def listen(labs: Labs, response: httpx.Response) -> dict[str, Any]:
    """Tell whether the mark is in a header, or in what was logged for a request."""
    exchange = exchange_of(response)
    said = [*response.headers.values(), str(exchange.raised)]
    for event in reversed(labs.host.evidence.events):
        if isinstance(event, Log):
            if event.call != exchange.number:
                break
            said += [event.message, *map(str, event.fields.values())]
    return {"a private value in a header, the log or an exception": MARK in "\n".join(said)}


def read_new(labs: Labs) -> dict[str, Any]:
    """Tell what is stored of those who have registered, and which password their hash fits."""
    rows = labs.database.rows("SELECT * FROM members WHERE hashed_password <> ?", (MARK,))
    kept = ("id", "email", "display_name", "trusted", "profile")
    return {
        f"stored member {row['id']!r}": {key: row[key] for key in kept}
        | {"password": find_password(row["hashed_password"])}
        for row in rows
    }


def find_password(stored: Any) -> int | None:
    """Find the drawn password that a hash is made of, by its place."""
    salt, _, hashed = str(stored).partition("$")
    for number, password in enumerate(PASSWORDS):
        try:
            salted = bytes.fromhex(salt)
        except ValueError:
            return None
        made = hashlib.scrypt(password.encode(), salt=salted, n=16, r=8, p=1)
        if made.hex() == hashed:
            return number
    return None


def same_error(expected: Any, seen: Any) -> bool:
    """Compare two errors; the name in a path is free, and how a password or a body is declared."""
    try:
        if sorted(seen) != sorted(expected) or seen["loc"][:1] != expected["loc"][:1]:
            return False
        if expected["loc"][0] == "path":
            return bool({**seen, "loc": expected["loc"]} == expected)
        free: set[str] = set()
        if expected["loc"] == ["body"]:
            free = {"loc", "type", "msg"}
        elif expected["loc"] == ["body", "password"] and expected["type"] != "missing":
            free = {"type", "msg"}
        alike = seen | {key: expected[key] for key in free}
        return bool(alike == expected) and all(
            isinstance(seen[key], str) for key in ("type", "msg")
        )
    except (TypeError, KeyError, IndexError):
        return False


def same_errors(expected: Any, seen: Any) -> bool:
    """Compare errors in any order; how many a body has that is no object is free."""
    try:
        if [each["loc"] for each in expected] == [["body"]]:
            return bool(seen) and all(same_error(expected[0], each) for each in seen)
        one, other = (
            sorted(errors, key=lambda each: str(each["loc"])) for errors in (expected, seen)
        )
    except (TypeError, KeyError):
        return False
    return len(one) == len(other) and all(map(same_error, one, other))


def same_caching(expected: Any, seen: Any) -> bool:
    """Compare what is said of caches where the reference says something."""
    return expected is None or expected == seen


ERRORS = "lists in `detail` the errors that FastAPI finds"

traffic = Traffic(
    scenes=(look, fill_in, fill_in, change, migrate, halve, register, register, refuse, refuse),
    freedoms=(
        Freedom(ERRORS, "body.detail", same_errors, 422),
        Freedom("is a 500", "body", status=500),
        Freedom("is a 500", "headers.content-type", status=500),
        Freedom("the header of a card", "headers.cache-control", same_caching),
    ),
    headers=("cache-control",),
    prepare=prepare,
    watch=listen,
    inspect=read_new,
    requests=41,
)
