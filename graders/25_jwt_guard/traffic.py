"""Traffic of 25_jwt_guard: good and bad tokens, while keys, volunteers and the store change.

Not sent is what the statement leaves open: claims of another type than usual in a signed token, a
text with more than one space, and a token that one table refuses while the other is away.
"""

import base64
import hmac
import json
from typing import Any

from dojo.grader import Change, Draw, Freedom, Labs, Request, Step, Traffic, request
from dojo.harness.hosts import START

NOW = int(START.timestamp())
DAY = 86_400
TABLES = """
    CREATE TABLE keys (id TEXT PRIMARY KEY, secret TEXT);
    CREATE TABLE volunteers (id TEXT PRIMARY KEY, name TEXT, role TEXT, active INTEGER);
    CREATE TABLE revoked (jti TEXT PRIMARY KEY);
    INSERT INTO revoked VALUES ('gone'), (''), ('T1');
"""
KEYS = {name: f"{name}-{'0123456789' * 4}" for name in ("k1", "k2", "k3", "K1", "1", "é / ü")}
KEY_IDS = tuple(KEYS)
VOLUNTEERS = (
    ("v1", "Ada Lovelace", "helper", 1),
    ("V1", "Zoe\u0308 \u212b", "lead", 1),
    ("v2", "", "lead", 0),
    ("", "Nobody", "helper", 1),
    ("  v1", "O'Neil 50%41", "helper", 1),
    ("1", "👩\u200d🚀", "lead", 1),
)
KNOWN = ("v1", "v1", "V1", "", "  v1", "1")
UNKNOWN = ("v2", "v1 ", "0", "null", "' OR 1=1 --", "x" * 3000)
JTIS = ("t1", "T1 ", "Gone", "x" * 3000, "' OR 1=1 --", "é / ü")
AUDIENCES = ("rota", ["rota"], ["shop", "rota"], ["rota", "rota"])
BAD: tuple[dict[str, Any], ...] = (
    *({name: ...} for name in ("exp", "sub", "jti", "iss", "aud")),
    *({"exp": NOW + seconds} for seconds in (0, -1)),
    {"nbf": NOW + 9 * DAY},
    *({"iss": each} for each in ("LOGIN", "login ", "rota")),
    *({"aud": each} for each in ("ROTA", "rota ", [], ["shop"])),
    *({"jti": each} for each in ("gone", "T1", "")),
    *({"sub": each} for each in UNKNOWN),
)
"""Changes after which a token is no good; `...` leaves the claim out."""
BAD_CLAIMS = BAD[:10]
"""Those that take no store to see."""
GOOD: tuple[dict[str, Any], ...] = (
    {"exp": NOW + 10**6 * DAY},
    {"nbf": NOW - DAY},
    {"nbf": NOW},
    {"iat": NOW - 900 * DAY},
    {"name": "Someone", "role": "lead", "active": False, "scope": "admin", "id": "V1"},
)
ALGORITHMS = ("none", "HS512", "RS256", "hs256")
UNKNOWN_KEYS = ("k9", "", "k1 ")
JUNK = ("", "a.b.c", "null", "%00", "x" * 3000, "é.è.ü", "e30.e30.e30", "bnVsbA.bnVsbA.")
SCHEMES = ("Bearer", "bearer", "BEARER", "bEARER")
OTHER_SCHEMES = ("Basic", "Token", "JWT", "Bearer:", "Digest")


def write_part(value: Any) -> str:
    """Write a part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def make(
    key_id: str, owner: str, secret: str | None = None, alg: str = "HS256", **changes: Any
) -> str:
    """Make a token that is good for two days, but for the changes."""
    claims = {"sub": owner, "iss": "login", "aud": "rota", "exp": NOW + 2 * DAY, "jti": "t1"}
    claims = {name: each for name, each in (claims | changes).items() if each is not ...}
    text = f"{write_part({'alg': alg, 'kid': key_id})}.{write_part(claims)}"
    key = KEYS[key_id] if secret is None else secret
    return f"{text}.{write_signature(key, text)}"


def write_signature(secret: str, text: str) -> str:
    """Write the signature of a token, as HS256 makes it."""
    digest = hmac.digest(secret.encode(), text.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def ask(token: str, scheme: str = "Bearer", path: str = "/me") -> Request:
    """Ask with a token."""
    headers = {"Authorization": f"{scheme} {token}".rstrip()}
    return request("GET", path, headers=headers)


def come_in(draw: Draw) -> list[Step]:
    """Come with good tokens of each key."""
    steps: list[Step] = []
    for key_id in KEY_IDS:
        good = draw.deal(GOOD) | {"aud": draw.deal(AUDIENCES), "jti": draw.deal(JTIS)}
        steps.append(ask(make(key_id, draw.deal(KNOWN), **good), draw.deal(SCHEMES)))
    return steps


def stay_out(draw: Draw) -> list[Step]:
    """Come with claims that are no good, with junk, in another scheme and in the query."""
    steps: list[Step] = [
        ask(make(draw.deal(KEY_IDS), draw.deal(KNOWN), **{"sub": "v1"} | each)) for each in BAD
    ]
    steps += [ask(each) for each in JUNK]
    steps += [ask(make("k1", "v1"), each) for each in OTHER_SCHEMES]
    steps.append(request("GET", "/me", query={"token": make("k1", "v1")}))
    return draw.sample(steps, len(steps))


def forge(draw: Draw) -> list[Step]:
    """Come with the key of another token, an unknown one, and another algorithm."""
    steps: list[Step] = [ask(make("k1", "v1", KEYS[each])) for each in ("k2", "K1")]
    steps += [ask(make("k1", "v1", alg=each)) for each in ALGORITHMS]
    for each in UNKNOWN_KEYS:
        head, rest = write_part({"alg": "HS256", "kid": each}), make("k1", "v1").split(".")[1]
        steps.append(ask(f"{head}.{rest}.{write_signature(KEYS['k1'], f'{head}.{rest}')}"))
    return draw.sample(steps, len(steps))


def change(draw: Draw) -> list[Step]:
    """Revoke a token, change a volunteer, take a key out; and come again each time."""
    jti, sub = f"r-{draw.word()}", draw.choice(KNOWN)
    token, next_token = make("k2", sub, jti=jti), make("k2", sub, jti=f"{jti}-next")
    key = KEYS["k3"]
    return [
        ask(token),
        run_sql("a token is revoked", f"INSERT INTO revoked VALUES ('{jti}')"),
        ask(token),
        ask(next_token),
        run_sql("a volunteer is not active", "UPDATE volunteers SET active = 0 WHERE id = 'v1'"),
        ask(make("k2", "v1")),
        run_sql("all volunteers are active", "UPDATE volunteers SET active = 1, role = 'lead'"),
        ask(make("k1", "v1")),
        run_sql("a key is taken out", "DELETE FROM keys WHERE id = 'k3'"),
        ask(make("k3", "v1")),
        run_sql("the key is back", f"INSERT INTO keys VALUES ('k3', '{key}')"),
        ask(make("k3", "v1"), path="/rota"),
    ]


def lose_store(draw: Draw) -> list[Step]:
    """Come with a good token and with bad ones while a table is away."""
    steps: list[Step] = []
    for table in draw.sample(("volunteers", "revoked"), 2):
        steps += [
            run_sql("the store cannot be reached", f"ALTER TABLE {table} RENAME TO lost"),
            ask(make("k1", "v1"), path="/rota"),
            ask(make("k1", "v1", **draw.deal(BAD_CLAIMS)), path="/rota"),
            ask(make("k1", "v1", "another key")),
            run_sql("the store is back", f"ALTER TABLE lost RENAME TO {table}"),
            ask(make("k1", "v1")),
        ]
    return steps


def visit(draw: Draw) -> list[Step]:
    """Do all of it, in any order."""
    scenes = draw.sample((come_in, stay_out, forge, lose_store), 4)
    return [step for scene in (*scenes, change) for step in scene(draw)]


def run_sql(words: str, sql: str) -> Change:
    """Change the database."""

    async def run(labs: Labs) -> None:
        labs.database.execute(sql)

    return Change(words, run)


def prepare(labs: Labs) -> None:
    """Store keys, volunteers and revoked tokens."""
    labs.database.execute_script(TABLES)
    labs.database.insert("keys", [{"id": name, "secret": each} for name, each in KEYS.items()])
    columns = ("id", "name", "role", "active")
    rows: list[dict[str, str | int]] = [dict(zip(columns, row, strict=True)) for row in VOLUNTEERS]
    labs.database.insert("volunteers", rows)


traffic = Traffic(
    scenes=(visit,),
    freedoms=(
        Freedom("The body is up to you", "body", status=503),
        Freedom("The body is up to you", "headers.content-type", status=503),
    ),
    headers=("www-authenticate",),
    prepare=prepare,
    requests=66,
)
