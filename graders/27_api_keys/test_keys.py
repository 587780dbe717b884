"""Grader of 27_api_keys: who is let in, what is stored of a key, and that no key is said.

The keys are stored before the app starts, as the given files store them.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from dojo.grader import (
    Host,
    Hosts,
    Log,
    Oracle,
    SeededInputs,
    criterion,
    expect,
    expect_events,
    list_said,
    logged,
    open_client,
)
from dojo.harness.database import Database
from dojo.harness.hosts import Clock

TABLES = """
    CREATE TABLE keys (id INTEGER PRIMARY KEY, client TEXT, prefix TEXT, digest TEXT, scope TEXT,
        expires_at TEXT, revoked_at TEXT, last_used_at TEXT);
    CREATE TABLE parcels (id INTEGER PRIMARY KEY, client TEXT, goes_to TEXT);
"""
OFFICE = {"X-Office": "demo-office"}
REFUSED = {"detail": "A valid API key is required."}
ONLY_READS = {"detail": "This key may only read."}
SHOWN = ("id", "client", "prefix", "scope", "expires_at", "revoked_at", "last_used_at")
TIMES = ("expires_at", "revoked_at", "last_used_at")
KEY = re.compile(r"[\w-]{43}", re.ASCII)
PREFIX_LENGTH = 8


@dataclass(frozen=True)
class Key:
    """A key that is stored; `text` is what its client sends."""

    id: int
    client: str
    scope: str
    text: str

    @property
    def digest(self) -> str:
        """What is stored of the key beside its prefix."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def headers(self) -> dict[str, str]:
        """The header of a request with the key."""
        return {"X-API-Key": self.text}


class Depot:
    """A database with keys and parcels of two clients."""

    def __init__(self, database: Database, clock: Clock, inputs: SeededInputs) -> None:
        self._database, self._clock, self._inputs = database, clock, inputs
        database.execute_script(TABLES)
        self.clients = [f"{inputs.word()}-{name}" for name in ("north", "south")]
        self.parcels: dict[str, list[dict[str, Any]]] = {
            client: [{"id": number, "client": client, "to": inputs.name()}]
            for number, client in enumerate(self.clients, start=11)
        }
        rows: list[dict[str, Any]] = [each for (each,) in self.parcels.values()]
        parcels = [
            {name: row[name] for name in ("id", "client")} | {"goes_to": row["to"]} for row in rows
        ]
        database.insert("parcels", parcels)

    def draw_text(self, prefix: str = "") -> str:
        """Draw a key that nobody has."""
        return (prefix + self._inputs.word(6) * 3 + self._inputs.word(9) * 3)[:43]

    def store(self, client: str, scope: str, prefix: str = "", **changes: Any) -> Key:
        """Store a key that is good for 30 days; `changes` are other values of its row."""
        number = int(str(self.read("SELECT count(*) AS number FROM keys")[0]["number"])) + 101
        key = Key(number, client, scope, self.draw_text(prefix))
        row: dict[str, Any] = {
            "id": key.id,
            "client": client,
            "prefix": key.text[:PREFIX_LENGTH],
            "digest": key.digest,
            "scope": scope,
            "expires_at": (self._clock.now + timedelta(days=30)).isoformat(),
        }
        self._database.insert("keys", [row | changes])
        return key

    def read(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Give the rows of a query."""
        return list(self._database.rows(sql, values))

    def read_key(self, key_id: int) -> dict[str, Any]:
        """Give the row of a key."""
        rows = self.read("SELECT * FROM keys WHERE id = ?", key_id)
        return rows[0] if rows else {}


@pytest.fixture
def depot(database: Database, clock: Clock, inputs: SeededInputs) -> Depot:
    """Give a depot that is stored before the app starts."""
    return Depot(database, clock, inputs)


async def create(client: httpx.AsyncClient, name: str, **draft: Any) -> httpx.Response:
    """Let the office make a key; it is answered with 201 and a key of the right form."""
    answer = await client.post(f"/clients/{name}/keys", json=draft, headers=OFFICE)
    expect(answer).status(201)
    key, number = expect(answer).read_json("key"), expect(answer).read_json("id")
    if not isinstance(key, str) or not KEY.fullmatch(key):
        raise expect(answer).fails("a `key` of 43 characters", f"the body {answer.text}")
    if not isinstance(number, int) or not 0 < number < 2**63:
        raise expect(answer).fails("the `id` of the new key", f"the body {answer.text}")
    return answer


def read_info(value: Any) -> Any:
    """Give what is shown of a key, with its times as times."""
    if not isinstance(value, dict):
        return value
    return {name: read_time(each) if name in TIMES else each for name, each in value.items()}


def read_time(value: Any) -> Any:
    """Read a time; anything else stays as it is."""
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return value


@criterion(task=1)
async def test_key_is_shown_once(
    depot: Depot, clock: Clock, client: httpx.AsyncClient, inputs: SeededInputs
) -> None:
    """The office sees a new key once; lists show when it expires, and neither key nor digest."""
    name, other = depot.clients
    depot.store(other, "read")
    texts: list[str] = []
    infos: list[dict[str, Any]] = []
    await clock.advance(microseconds=inputs.randint(1, 999_999))
    for scope, days in (("read", 1), ("write", inputs.randint(2, 364)), ("read", 365)):
        answer = await create(client, name, scope=scope, days=days)
        seen = read_info(expect(answer).read_json())
        texts.append(seen.pop("key"))
        expires_at = clock.now + timedelta(days=days)
        info: dict[str, Any] = dict.fromkeys(SHOWN) | {
            "id": seen.get("id"),
            "client": name,
            "prefix": texts[-1][:PREFIX_LENGTH],
            "scope": scope,
            "expires_at": expires_at,
        }
        if seen != info or len(set(texts)) < len(texts):
            raise expect(answer).fails(
                f"a new key with the prefix {info['prefix']!r}, which expires at "
                f"{expires_at.isoformat()}, with {', '.join(SHOWN)} beside `key`",
                f"the body {answer.text}",
            )
        infos.append(info)
        await clock.advance(hours=inputs.randint(1, 20), seconds=inputs.randint(1, 59))
    listed = await client.get(f"/clients/{name}/keys", headers=OFFICE)
    expect(listed).status(200)
    found = expect(listed).read_json()
    if not isinstance(found, list) or [read_info(each) for each in found] != infos:
        raise expect(listed).fails(
            f"the three keys of {name!r}, the oldest first, each with {', '.join(SHOWN)} alone",
            f"the body {listed.text}",
        )


@criterion(task=1)
async def test_database_keeps_digest(depot: Depot, client: httpx.AsyncClient) -> None:
    """The database keeps the prefix and the digest of a key, and nothing else of it."""
    for scope in ("read", "write"):
        answer = await create(client, depot.clients[0], scope=scope, days=30)
        text = expect(answer).read_json("key")
        key = Key(0, depot.clients[0], scope, text)
        tables = depot.read("SELECT name FROM sqlite_master WHERE type = 'table'")
        for table in tables:
            for row in depot.read(f'SELECT * FROM "{table["name"]}"'):
                for column, value in row.items():
                    if holds_part(str(value), text):
                        raise expect(answer).fails(
                            f"nothing of the key stored but its first {PREFIX_LENGTH} characters",
                            f"the column '{column}' of '{table['name']}' holds {value!r}",
                        )
        found = depot.read_key(expect(answer).read_json("id"))
        expected = {"prefix": text[:PREFIX_LENGTH], "digest": key.digest}
        if {name: found.get(name) for name in expected} != expected:
            raise expect(answer).fails(
                "the prefix and what `make_digest` gives for the key, stored",
                f"the prefix {found.get('prefix')!r} and the digest {found.get('digest')!r}",
            )
        expect(await client.get("/parcels", headers=key.headers)).status(200)


def holds_part(said: str, text: str) -> bool:
    """Tell whether more of a key is said than its prefix."""
    size = PREFIX_LENGTH + 1
    return any(text[start : start + size] in said for start in range(len(text) - size + 1))


@criterion(task=2)
async def test_strangers_look_alike(
    depot: Depot, clock: Clock, client: httpx.AsyncClient, host: Host
) -> None:
    """Each request without a good key gets the same 401, whatever is wrong with its key."""
    name = depot.clients[0]
    good = depot.store(name, "write")
    past = (clock.now - timedelta(days=1)).isoformat()
    ended = [
        depot.store(name, scope, **{column: past})
        for column in ("revoked_at", "expires_at")
        for scope in ("read", "write")
    ]
    text = good.text
    for why, headers, path in (
        ("no key", {}, "/parcels"),
        ("an empty key", {"X-API-Key": ""}, "/parcels"),
        ("an unknown key", {"X-API-Key": depot.draw_text()}, "/parcels"),
        ("a key that ends otherwise", {"X-API-Key": depot.draw_text(text[:20])}, "/parcels"),
        ("the prefix of a key", {"X-API-Key": text[:PREFIX_LENGTH]}, "/parcels"),
        ("half of a key", {"X-API-Key": text[:-1]}, "/parcels"),
        ("a key in other letters", {"X-API-Key": text.swapcase()}, "/parcels"),
        ("the digest of a key", {"X-API-Key": good.digest}, "/parcels"),
        *[(f"the ended key {key.id}, for '{key.scope}'", key.headers, "/parcels") for key in ended],
        ("a key in the query", {}, f"/parcels?api_key={text}&X-API-Key={text}"),
        ("a key in a cookie", {"Cookie": f"X-API-Key={text}; api_key={text}"}, "/parcels"),
        *[
            (
                f"a key in `Authorization` after {word!r}",
                {"Authorization": f"{word}{text}"},
                "/parcels",
            )
            for word in ("", "Bearer ", "ApiKey ", "Token ")
        ],
        ("a key in another header", {"api_key": text, "X_API_Key": text}, "/parcels"),
    ):
        because = f"It comes with {why}."
        for body in (None, {"to": "Pune"}, {"to": ""}):
            host.history.clear()
            method = "GET" if body is None else "POST"
            answer = await client.request(method, path, headers=headers, json=body)
            expect(answer).status(401, because).json(REFUSED, because)
            expect(answer).header("www-authenticate", "ApiKey", because)
    host.history.clear()
    position = len(host.evidence)
    near = await client.get("/parcels", headers={"X-API-Key": depot.draw_text(text[:20])})
    if not any(
        isinstance(event, Log) and event.fields.get("stored") == good.digest
        for event in host.evidence.events[position:]
    ):
        raise expect(near).fails("`is_same` to compare the digest of the stored key", "it does not")
    answer = await client.get("/parcels", headers=good.headers)
    expect(answer).status(200).json(depot.parcels[name], because="Nothing was sent before.")


@criterion(task=2)
async def test_key_opens_its_own_door(
    depot: Depot, clock: Clock, client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """Each key serves its own client, also one of several with a prefix, and notes its use."""
    prefix = depot.draw_text()[:PREFIX_LENGTH]
    north, south = depot.clients
    keys = [
        depot.store(north, "write", prefix),
        depot.store(south, "read", prefix),
        depot.store(south, "write", prefix),
        depot.store(north, "read"),
    ]
    for key in keys:
        await clock.advance(minutes=inputs.randint(1, 50))
        answer = await client.get("/parcels", headers=key.headers)
        expect(answer).status(200).json(depot.parcels[key.client])
        compared = logged(
            "kata.digests", "compared", "`is_same` finds its digest", stored=key.digest
        )
        expect_events(host).order(compared)
        expect_use(depot, key, answer, clock.now)
        used = clock.now
        await clock.advance(minutes=inputs.randint(1, 50))
        draft = {"to": inputs.name()}
        if key.scope == "read":
            for body in (draft, {"to": ""}, {}):
                refused = await client.post("/parcels", json=body, headers=key.headers)
                expect(refused).status(403).json(ONLY_READS)
            expect_use(depot, key, refused, used)
            continue
        answer = await client.post("/parcels", json=draft, headers=key.headers)
        expect(answer).status(201)
        sent = {"id": expect(answer).read_json("id"), "client": key.client, **draft}
        expect(answer).json(sent)
        depot.parcels[key.client].append(sent)
        expect_use(depot, key, answer, clock.now)
        wrong = await client.post("/parcels", json={"to": ""}, headers=key.headers)
        expect(wrong).invalid_at("body", "to")
    for key in keys:
        await clock.advance(minutes=inputs.randint(1, 50))
        answer = await client.get("/parcels", headers=key.headers)
        expect(answer).status(200).json(depot.parcels[key.client])
        expect_use(depot, key, answer, clock.now)


def expect_use(depot: Depot, key: Key, answer: httpx.Response, moment: datetime) -> None:
    """Expect that the last use of a key is noted."""
    noted = read_time(depot.read_key(key.id).get("last_used_at"))
    if noted != moment:
        raise expect(answer).fails(
            f"`last_used_at` of this key to be {moment.isoformat()}",
            f"it is {noted.isoformat() if isinstance(noted, datetime) else noted}",
        )


@criterion(task=3)
async def test_old_key_ends_alone(depot: Depot, clock: Clock, hosts: Hosts) -> None:
    """A revoked or expired key is refused at once, everywhere; other keys go on working."""
    name = depot.clients[0]
    old, new = depot.store(name, "read"), depot.store(name, "write")
    moment = clock.now + timedelta(days=3)
    brief = depot.store(name, "read", expires_at=moment.isoformat())
    async with open_client(await hosts.open()) as one, open_client(await hosts.open()) as two:
        for client in (one, two):
            for key in (old, new, brief):
                expect(await client.get("/parcels", headers=key.headers)).status(200)
        for _ in range(2):
            revoked = await one.delete(f"/keys/{old.id}", headers=OFFICE)
            expect(revoked).status(204)
            first = moment - timedelta(days=3)
            kept = read_time(depot.read_key(old.id).get("revoked_at"))
            if kept != first:
                raise expect(revoked).fails(
                    f"a key that was revoked at {first.isoformat()}", f"`revoked_at` is {kept}"
                )
            for client in (two, one):
                expect(await client.get("/parcels", headers=old.headers)).status(401)
                expect(await client.get("/parcels", headers=new.headers)).status(200)
            await clock.advance(hours=1)
        for key_id in (7, 0, -1, 10**6):
            expect(await one.delete(f"/keys/{key_id}", headers=OFFICE)).status(404)
        await clock.advance((moment - clock.now).total_seconds() - 1)
        for seconds, status in ((0, 200), (1, 401), (1, 401)):
            await clock.advance(seconds)
            for client in (one, two):
                answer = await client.get("/parcels", headers=brief.headers)
                until = (moment - clock.now).total_seconds()
                expect(answer).status(status, f"There are {until:.0f} seconds to `expires_at`.")
                expect(await client.get("/parcels", headers=new.headers)).status(200)


@criterion(task=4)
async def test_key_is_said_nowhere(
    depot: Depot, clock: Clock, client: httpx.AsyncClient, host: Host
) -> None:
    """No key is in a log record, in the output or in an answer but the one that shows it."""
    name = depot.clients[0]
    keys = [depot.store(name, scope) for scope in ("read", "write")]
    past = (clock.now - timedelta(hours=1)).isoformat()
    keys += [depot.store(name, "write", **{each: past}) for each in ("revoked_at", "expires_at")]
    made = await create(client, name, scope="write", days=1)
    fresh = Key(0, name, "write", expect(made).read_json("key"))
    expect_silence(list_said(host, made, 0, body=False), made, [fresh])
    keys += [fresh, Key(0, name, "", depot.draw_text(keys[0].text[:30]))]
    for key in keys:
        for body in (None, {"to": "Pune"}):
            position = len(host.evidence)
            method = "GET" if body is None else "POST"
            answer = await client.request(method, "/parcels", headers=key.headers, json=body)
            expect_silence(list_said(host, answer, position), answer, keys)
    listed = await client.get(f"/clients/{name}/keys", headers=OFFICE)
    expect_silence(list_said(host, listed, 0), listed, keys)


def expect_silence(
    said: Iterable[tuple[str, str]], answer: httpx.Response, keys: Iterable[Key]
) -> None:
    """Expect that no key is said."""
    for place, text in said:
        for key in keys:
            if holds_part(text, key.text):
                raise expect(answer).fails(
                    f"the key {key.text!r} nowhere but in the answer that makes it",
                    f"it is in {place}: {text[:200]!r}",
                )


@criterion(task=4)
async def test_document_names_scheme(client: httpx.AsyncClient) -> None:
    """`/openapi.json` names the header of the two routes as a security scheme."""
    answer = await client.get("/openapi.json")
    expect(answer).status(200)
    document = as_map(expect(answer).read_json())
    schemes = as_map(as_map(document.get("components")).get("securitySchemes"))
    wanted = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
    right = {
        name
        for name, each in schemes.items()
        if {key: as_map(each).get(key) for key in wanted} == wanted
    }
    for path, item in as_map(document.get("paths")).items():
        for method, operation in as_map(item).items():
            named = as_map(operation).get("security") or document.get("security") or []
            names = {name for each in as_list(named) for name in as_map(each)}
            route = f"{method.upper()} {path}"
            if path != "/parcels" and names & right:
                raise expect(answer).fails(
                    f"{route} without the scheme of the key", f"its schemes are {sorted(names)}"
                )
            if path == "/parcels" and (not names or not names <= right):
                raise expect(answer).fails(
                    f"{route} with a scheme of the type `apiKey` for the header `X-API-Key`",
                    f"its schemes are {sorted(names)}, and the document has {show(schemes)}",
                )
            parameters = [as_map(each) for each in as_list(as_map(operation).get("parameters"))]
            if any(str(each.get("name")).lower() == "x-api-key" for each in parameters):
                raise expect(answer).fails(
                    f"{route} without a parameter `X-API-Key`", "the header is a parameter"
                )
    if len(as_map(as_map(document.get("paths")).get("/parcels"))) < 2:
        raise expect(answer).fails("GET and POST of /parcels described", "one is missing")


def show(schemes: dict[str, Any]) -> str:
    """Write the schemes of a document."""
    return ", ".join(f"{name}: {each}" for name, each in schemes.items()) or "none"


def as_map(value: Any) -> dict[str, Any]:
    """Give an object as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Give a list as it is, and an empty one for anything else."""
    return value if isinstance(value, list) else []


@criterion(task=3)
async def test_any_key_is_judged_right(oracle: Oracle) -> None:
    """Whatever is asked, in whatever order, each key opens as long as it is good."""
    await oracle.compare()
