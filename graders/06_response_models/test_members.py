"""Grader of 06_response_models: what leaves, and that nothing private does.

The library is stored before the app starts, with columns that no model of the stub knows. A private
value is drawn, stands nowhere else, and is looked for in whatever the app says.
"""

import hashlib
import itertools
import json
import re
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from dojo.grader import Host, Log, Oracle, SeededInputs, criterion, expect, list_said
from dojo.harness.database import Database, Value

Body = dict[str, Any]

TABLES = """
    CREATE TABLE members (id INTEGER PRIMARY KEY, email TEXT, hashed_password TEXT,
        display_name TEXT, trusted INTEGER, profile TEXT, {} TEXT);
    CREATE TABLE tools (id INTEGER PRIMARY KEY, name TEXT, owner_id INTEGER, borrower_id INTEGER);
"""
MEMBER = dict.fromkeys(("id", "display_name", "trusted"))
PROFILE = dict.fromkeys(("city", "about", "website"))
DOCUMENTED: Mapping[tuple[str, str, str], Body] = {
    ("get", "/members", "200"): MEMBER,
    ("post", "/members", "201"): MEMBER,
    ("get", "/members/{…}", "200"): MEMBER,
    ("get", "/members/{…}/card", "200"): {"number": None, "member": MEMBER},
    ("get", "/members/{…}/profile", "200"): PROFILE,
    ("get", "/tools", "200"): dict.fromkeys(("id", "name")) | {"owner": MEMBER, "borrower": MEMBER},
}
TAKEN = dict.fromkeys(("email", "display_name", "password"))
DEEPEST, MOST_PARTS = 6, 8
LONG_ENOUGH = 16
"""Characters of a private value that nobody says by chance."""
NOT_SHOWN = "A member whose `display_name` or `trusted` is NULL is not shown, not even in part."


class Library:
    """Two members, three tools, and the private values by what they are."""

    def __init__(self, database: Database, inputs: SeededInputs) -> None:
        self.database = database
        column = f"{inputs.word()}_code"
        database.execute_script(TABLES.format(column))
        self.ids = [inputs.randint(11, 99), inputs.number()]
        self.shown: list[Body] = []
        self.private: dict[str, str] = {}
        rows: list[dict[str, Value]] = []
        for trusted, member_id in enumerate(self.ids):
            row: dict[str, Value] = {"email": f"{inputs.word()}.{inputs.number()}@example.com"}
            for key in ("hashed_password", "profile", column):
                row[key] = f"{inputs.word(5)}{inputs.number()}"
            self.private |= {f"'{key}' of member {member_id}": str(row[key]) for key in row}
            row["profile"] = json.dumps({"city": "Pune", "phone": row["profile"]})
            shown: dict[str, Value] = {"id": member_id, "display_name": inputs.name()}
            shown["trusted"] = bool(trusted)
            rows.append(row | shown)
            self.shown.append(shown)
        database.insert("members", rows)
        self.tools: list[Body] = []
        lent: list[Body] = []
        for owner, borrower in ((0, 1), (0, None), (0, 0)):
            tool: Body = {"id": len(self.tools) + 1, "name": inputs.word()}
            borrower_id = None if borrower is None else self.ids[borrower]
            lent.append(tool | {"owner_id": self.ids[owner], "borrower_id": borrower_id})
            shown_borrower = None if borrower is None else self.shown[borrower]
            self.tools.append(tool | {"owner": self.shown[owner], "borrower": shown_borrower})
        database.insert("tools", lent)

    def put(self, member_id: int, column: str, value: Value) -> None:
        """Change one value of a member."""
        sql = f"UPDATE members SET {column} = ? WHERE id = ?"
        self.database.execute(sql, (value, member_id))

    def read_newest(self) -> dict[str, Value]:
        """Read the member with the highest id."""
        return self.database.rows("SELECT * FROM members ORDER BY id DESC LIMIT 1")[0]


@pytest.fixture
def library(database: Database, inputs: SeededInputs) -> Library:
    """Give a library that is stored before the app starts."""
    return Library(database, inputs)


def registration(inputs: SeededInputs, **changes: Any) -> Body:
    """Draw the body of a registration; `changes` replace or, with `...`, remove."""
    whole = {
        "email": f" {inputs.name()}.{inputs.number()}@Example.com",
        "display_name": f" {inputs.name()} ",
        "password": f" {inputs.word(5)} {inputs.number()} ",
    } | changes
    return {key: value for key, value in whole.items() if value is not ...}


@criterion(task=1)
async def test_members_look_alike(library: Library, client: httpx.AsyncClient) -> None:
    """A member has the same three keys everywhere. A new column adds no key."""
    listed = await client.get("/members")
    expect(listed).status(200).json(sorted(library.shown, key=lambda member: member["id"]))
    for member in library.shown:
        found = await client.get(f"/members/{member['id']}")
        expect(found).status(200).json(member)
        card = await client.get(f"/members/{member['id']}/card")
        expect(card).status(200).json({"number": f"TL-{member['id']:04}", "member": member})
        expect(card).header("cache-control", "no-store", because="Keep the header of the card.")
    expect(await client.get("/tools")).status(200).json(library.tools)
    missing = await client.get("/members/7")
    expect(missing).status(404).json({"detail": "Member 7 does not exist."})
    more: list[dict[str, Value]] = [
        {"id": 10**6 + n, "display_name": f"Guest {n}", "trusted": True} for n in range(120)
    ]
    library.database.insert("members", more)
    expect(await client.get("/members")).status(200).json([*listed.json(), *more])


@criterion(task=1)
async def test_half_member_is_500(library: Library, client: httpx.AsyncClient) -> None:
    """An answer with a member without `display_name` or `trusted` is a 500."""
    owner, borrower = library.ids
    paths = ("/tools", "/members", f"/members/{borrower}", f"/members/{borrower}/card")
    for half, column in itertools.product((owner, borrower), ("display_name", "trusted")):
        library.put(half, column, None)
        for path in paths if half == borrower else paths[:1]:
            expect(await client.get(path)).status(500, because=NOT_SHOWN)
        library.put(half, column, 1)
    library.put(borrower, "trusted", None)
    for path in (f"/members/{owner}", f"/members/{owner}/card", f"/members/{borrower}/profile"):
        expect(await client.get(path)).status(200, because="This answer has no such member.")


@criterion(task=2)
async def test_profile_shows_what_is_there(
    library: Library, client: httpx.AsyncClient, inputs: SeededInputs
) -> None:
    """A profile has the stored ones of `city`, `about` and `website`, also if they are null."""
    path = f"/members/{library.ids[0]}/profile"
    for shown in (
        {"city": inputs.word(), "about": inputs.name(), "website": inputs.word()},
        {"about": None, "city": ""},
        {"website": None, "city": None},
        {},
    ):
        more = {"phone": inputs.word(), "cities": None} if shown else {}
        stored = json.dumps(shown | more)
        library.put(library.ids[0], "profile", stored)
        answer = await client.get(path)
        expect(answer).status(200).json(shown, because=f"The column 'profile' holds {stored}.")


@criterion(task=3)
async def test_registration_takes_password(
    library: Library, host: Host, client: httpx.AsyncClient, inputs: SeededInputs
) -> None:
    """Registering stores what was sent and the hash of the password, and shows a member."""
    for number, password in enumerate((inputs.word(4)[:8], f" {inputs.name()} " * 20), start=1):
        sent = registration(inputs, password=password)
        created = await client.post("/members", json=sent | {"id": 1, "trusted": True})
        member_id = max(library.ids) + number
        member = {"id": member_id, "display_name": sent["display_name"], "trusted": False}
        expect(created).status(201).json(member)
        row = library.read_newest()
        if row["email"] != sent["email"] or not fits(password, row["hashed_password"]):
            raise expect(created).fails(
                "a stored member with the e-mail address and the hash of the password as sent",
                f"the e-mail address {row['email']!r} and the hash of "
                f"{'it' if fits(password, row['hashed_password']) else 'another text'}",
            )
        if not any(str(member_id) in log.message for log in host.evidence.of(Log)):
            raise expect(created).fails(f"a log message with the id {member_id}", "none has it")
    for key in ("email", "display_name", "password"):
        refused = await client.post("/members", json=registration(inputs, **{key: ...}))
        expect(refused).invalid_at("body", key)
    for key, value in (("display_name", ""), ("password", inputs.word(4)[:7]), ("password", None)):
        refused = await client.post("/members", json=registration(inputs, **{key: value}))
        expect(refused).invalid_at("body", key)


def fits(password: str, stored: Any) -> bool:
    """Tell whether a stored hash is the one that the given file makes of a password."""
    try:
        salt, _, hashed = stored.partition("$")
        salted = bytes.fromhex(salt)
    except (AttributeError, ValueError):
        return False
    made = hashlib.scrypt(password.encode(), salt=salted, n=16, r=8, p=1)
    return bool(made.hex() == hashed)


@criterion(task=3)
async def test_refusal_repeats_nothing(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """Each error of a 422 has only `type`, `loc` and `msg`, on each route."""
    sent = registration(inputs, email=..., display_name=...)
    missing = {"type": "missing", "msg": "Field required"}
    expected = [missing | {"loc": ["body", key]} for key in ("email", "display_name")]
    refused = await client.post("/members", json=sent)
    expect(refused).status(422).json({"detail": expected})
    for body in (registration(inputs, password=inputs.word(2)), sent["password"], [sent]):
        expect_bare(await client.post("/members", json=body))
    expect_bare(await client.post("/members", content=b'{"password": "' + b"x" * 9))
    for path in ("", "/card", "/profile"):
        expect_bare(await client.get(f"/members/{inputs.word()}{path}"))


def expect_bare(refused: httpx.Response) -> None:
    """Expect a 422 whose errors have three keys each, two of them texts."""
    expect(refused).status(422)
    errors = as_list(expect(refused).read_json("detail"))
    if not errors or not all(is_bare(error) for error in errors):
        raise expect(refused).fails(
            "a 'detail' that lists errors with 'type', 'loc' and 'msg' alone",
            f"status 422 with the body {refused.text}",
        )


def is_bare(error: Any) -> bool:
    """Tell whether an error has a place and two texts, and nothing else."""
    kinds = {key: type(value) for key, value in as_map(error).items()}
    return kinds == {"type": str, "loc": list, "msg": str}


@criterion(task=4)
async def test_secrets_stay_inside(
    library: Library, host: Host, client: httpx.AsyncClient, inputs: SeededInputs
) -> None:
    """No private value appears in a body, a header, the log, the output or an exception."""
    whole, half = library.ids
    new, unnamed = registration(inputs), registration(inputs, display_name=...)
    for sent in (new, unnamed):
        library.private |= {f"the sent '{key}'": sent[key].strip() for key in ("email", "password")}
        answer = await expect_silence(library, host, client, "POST", "/members", sent)
        expect(answer).status(201 if sent is new else 422)
    await expect_silence(library, host, client, "POST", "/members", [new])
    profiles = [f"/members/{member_id}/profile" for member_id in (whole, half)]
    for path in ("/openapi.json", f"/members/{whole}", f"/members/{whole}/card", *profiles):
        await expect_silence(library, host, client, "GET", path)
    for column in ("profile", "trusted"):  # with the second one, they show half a member
        library.put(half, column, None)
        for path in ("/members", "/tools", f"/members/{half}", f"/members/{half}/card"):
            await expect_silence(library, host, client, "GET", path)


async def expect_silence(
    library: Library, host: Host, client: httpx.AsyncClient, method: str, path: str, body: Any = ...
) -> httpx.Response:
    """Expect that nothing private is said by the answer to a request, or meanwhile."""
    position = len(host.evidence)
    more = {} if body is ... else {"json": body}
    answer = await client.request(method, path, **more)
    if method == "POST":
        salt, _, hashed = str(library.read_newest()["hashed_password"]).partition("$")
        library.private |= {"the salt of the new hash": salt, "the new hash": hashed}
    for where, text in list_said(host, answer, position):
        for what, value in library.private.items():
            ends = {value[:LONG_ENOUGH], value[-LONG_ENOUGH:]} - {""}
            if any(end.lower() in text.lower() for end in ends):
                raise expect(answer).fails(f"no private value in {where}", f"{what}: '{value}'")
    return answer


@criterion(task=4)
async def test_document_describes_answers(client: httpx.AsyncClient) -> None:
    """`/openapi.json` lists the keys that each route sends and that registering takes."""
    answer = await client.get("/openapi.json")
    expect(answer).status(200)
    document = as_map(expect(answer).read_json())
    paths = as_map(document.get("paths"))
    items = {re.sub(r"\{\w+\}", "{…}", key): paths[key] for key in paths}
    for (method, path, code), keys in DOCUMENTED.items():
        operation = as_map(as_map(items.get(path)).get(method))
        success = as_map(as_map(operation.get("responses")).get(code))
        found = read_keys(document, read_schema(success))
        if found != keys:
            raise expect(answer).fails(
                f"the body of {code} of {method.upper()} {path} described with {show(keys)}",
                f"described are {show(found)}",
            )
    operation = as_map(as_map(items["/members"]).get("post"))
    taken = follow(document, read_schema(as_map(operation.get("requestBody"))))
    found, required = read_keys(document, taken), taken.get("required")
    if (
        found != TAKEN
        or not isinstance(required, list)
        or sorted(map(str, required)) != sorted(TAKEN)
    ):
        raise expect(answer).fails(
            f"what POST /members takes described with {show(TAKEN)}, all required",
            f"described are {show(found)}; required are {required}",
        )
    if "hashed_password" in answer.text:
        raise expect(answer).fails("a document without 'hashed_password'", "the word is in it")


@criterion(task=1)
async def test_any_answer_is_as_public(oracle: Oracle) -> None:
    """Every request gets the right answer, whatever is stored."""
    await oracle.compare()


def read_schema(described: Body) -> Any:
    """Give the schema of a JSON body."""
    return as_map(as_map(described.get("content")).get("application/json")).get("schema")


def read_keys(document: Body, schema: Any, depth: int = 0) -> Body | None:
    """Give the keys of a described object, or of what is listed, with those inside of them."""
    found = follow(document, schema)
    parts = [each for key in ("anyOf", "oneOf", "allOf") for each in as_list(found.get(key))]
    parts += [found["items"]] if "items" in found else []
    keys: Body = {}
    if depth < DEEPEST:
        for name, inner in list(as_map(found.get("properties")).items())[:MOST_PARTS]:
            keys[name] = read_keys(document, inner, depth + 1)
        for part in parts[:MOST_PARTS]:
            keys |= read_keys(document, part, depth + 1) or {}
    return keys or None


def follow(document: Body, value: Any) -> Body:
    """Give the schema that a reference names, and an empty one if it names none."""
    for _ in range(MOST_PARTS):
        reference = as_map(value).get("$ref")
        if not isinstance(reference, str):
            return as_map(value)
        value = document
        for key in reference.removeprefix("#/").split("/"):
            value = as_map(value).get(key)
    return {}


def as_map(value: Any) -> Body:
    """Give an object as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Give a list as it is, and an empty one for anything else."""
    return value if isinstance(value, list) else []


def show(keys: Body | None) -> str:
    """Write keys with those inside of them, such as `number, member (id, trusted)`."""
    named = sorted((keys or {}).items())
    return ", ".join(f"{key} ({show(inner)})" if inner else key for key, inner in named) or "none"
