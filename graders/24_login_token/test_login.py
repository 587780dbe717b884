"""Grader of 24_login_token: what is stored of a password, who is refused and what a token says.

Accounts are stored before the app starts, with hashes as `app/hashing.py` makes them.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from dojo.grader import (
    Host,
    Hosts,
    Log,
    Oracle,
    SeededInputs,
    SubmissionError,
    criterion,
    exchange_of,
    expect,
    expect_events,
    open_client,
    same_json,
    send_together,
)
from dojo.harness.database import Database
from dojo.harness.evidence import Output, Warned
from dojo.harness.hosts import Clock
from dojo.harness.patience import OutOfPatience

TABLE = """
    CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, password_hash TEXT,
        disabled INTEGER DEFAULT 0, failures INTEGER DEFAULT 0, locked_until TEXT);
"""
REFUSED = {"detail": "The e-mail or the password is wrong."}
LOCK = timedelta(minutes=15)
LONGEST_TOKEN = 2000
TOKEN = re.compile(r"([\w-]+)\.([\w-]+)\.([\w-]+)", re.ASCII)
HASH = re.compile(r"scrypt\$([0-9a-f]{32})\$([0-9a-f]{64})")
SHORTEST_KEY = 32


@dataclass(frozen=True)
class Member:
    """An account, and what its owner sends."""

    id: int
    email: str
    password: str


class Library:
    """A database with accounts."""

    def __init__(self, database: Database, inputs: SeededInputs) -> None:
        self.database, self._inputs = database, inputs
        database.execute_script(TABLE)
        self._numbers = iter(inputs.numbers(10))

    def draw(self) -> Member:
        """Draw somebody without an account."""
        email = f"{self._inputs.word()}@example.com"
        return Member(next(self._numbers), email, self.draw_password())

    def draw_password(self) -> str:
        """Draw a password that nobody has."""
        return f"{self._inputs.word(5)} & {self._inputs.word(4)}"

    def store(self, disabled: int = 0) -> Member:
        """Store an account."""
        member = self.draw()
        salt = hashlib.sha256(member.email.encode()).digest()[:16]
        stored = f"scrypt${salt.hex()}${run_scrypt(member.password, salt).hex()}"
        row: dict[str, Any] = {"id": member.id, "email": member.email, "password_hash": stored}
        self.database.insert("users", [row | {"disabled": disabled}])
        return member

    def disable(self, member: Member, disabled: bool) -> None:
        """Disable an account, or enable it again, as the office does."""
        self.database.execute("UPDATE users SET disabled = ? WHERE id = ?", (disabled, member.id))

    def read(self, sql: str) -> list[dict[str, Any]]:
        """Give the rows of a query."""
        return list(self.database.rows(sql))


def run_scrypt(password: str, salt: bytes) -> bytes:
    """Do what the slow function of `app/hashing.py` does."""
    return hashlib.scrypt(password.encode(), salt=salt, n=2**10, r=8, p=1, dklen=32)


def is_hash_of(stored: str, password: str) -> bool:
    """Tell whether `hash_password` may have made this of a password."""
    found = HASH.fullmatch(stored)
    return found is not None and run_scrypt(password, bytes.fromhex(found[1])).hex() == found[2]


@pytest.fixture
def library(database: Database, inputs: SeededInputs) -> Library:
    """Give a library whose accounts are stored before the app starts."""
    return Library(database, inputs)


async def log_in(client: httpx.AsyncClient, email: str, password: str) -> httpx.Response:
    """Send the form of a login."""
    return await client.post("/token", data={"username": email, "password": password})


def expect_refusal(answer: httpx.Response, because: str) -> None:
    """Expect the one answer to whoever may not log in."""
    expect(answer).status(401, because).json(REFUSED, because)
    expect(answer).header("www-authenticate", "Bearer", because)


@criterion(task=1)
async def test_password_is_stored_hashed(
    library: Library, client: httpx.AsyncClient, inputs: SeededInputs
) -> None:
    """Of a password the database gets its hash alone, and the account opens with just this one."""
    password = f" Zoe\u0308 {inputs.word(4)} "
    stored: list[str] = []
    for _ in range(2):
        email = f"{inputs.word()}@example.com"
        answer = await client.post("/users", json={"email": email, "password": password})
        rows = [row for row in library.read("SELECT * FROM users") if row["email"] == email]
        expect(answer).status(201)
        if not rows:
            raise expect(answer).fails("the account in the table `users`", "it is not there")
        expect(answer).json({"id": rows[0]["id"], "email": email})
        stored.append(str(rows[0]["password_hash"]))
        if not is_hash_of(stored[-1], password):
            expected = "what `hash_password` gives for the password, as `password_hash`"
            raise expect(answer).fails(expected, f"{stored[-1]!r}")
        for name, value in list_stored(library):
            if password.strip() in value:
                raise expect(answer).fails(f"no password in {name}", f"{value!r}")
        for near in (password.strip(), password.swapcase(), unicodedata.normalize("NFC", password)):
            because = f"The password is {password!r}, and not {near!r}."
            expect(await log_in(client, email, near)).status(401, because)
        expect(await log_in(client, email, password)).status(200)
    if stored[0] == stored[1]:
        seen = "the two accounts have the same `password_hash`"
        raise expect(answer).fails("two hashes that differ, for each has its own salt", seen)


def list_stored(library: Library) -> Iterator[tuple[str, str]]:
    """List all values that are stored, each after its place."""
    for table in library.read("SELECT name FROM sqlite_master WHERE type = 'table'"):
        for row in library.read(f'SELECT * FROM "{table["name"]}"'):
            for column, value in row.items():
                yield f"the column '{column}' of '{table['name']}'", str(value)


@criterion(task=1)
async def test_password_is_said_nowhere(
    library: Library, client: httpx.AsyncClient, host: Host
) -> None:
    """No password is in a log record, in the output or in an answer, also not in a 422."""
    member, stranger, off = library.store(), library.draw(), library.store(disabled=1)
    good, wrong = member.password, library.draw_password()
    email, short, fresh = member.email, wrong[:7], stranger.email
    forms: list[dict[str, Any]] = [
        {"username": email, "password": good},
        {"username": email, "password": wrong},
        {"username": fresh, "password": wrong},
        {"username": off.email, "password": off.password},
        {"username": email, "password": good, "grant_type": "refresh_token"},
        {"password": wrong},
        *[{"username": email, "password": wrong} for _ in range(5)],
        {"username": email, "password": good},
    ]
    bodies: list[tuple[int, Any]] = [
        (201, {"email": fresh, "password": stranger.password}),
        (409, {"email": fresh, "password": wrong}),
        (422, {"email": "new@example.com", "password": short}),
        (422, {"email": "new@example.com", "password": [wrong]}),
        (422, {"email": "x", "password": wrong}),
        (422, {"password": wrong}),
        (422, [wrong]),
        (422, wrong),
    ]
    passwords = (good, wrong, off.password, stranger.password, short)
    for form in forms:
        position = len(host.evidence)
        answer = await client.post("/token", data=form)
        expect_silence(host, answer, position, passwords)
    for status, body in bodies:
        position = len(host.evidence)
        answer = await client.post("/users", json=body)
        expect_silence(host, answer, position, passwords)
        expect(answer).status(status)


def expect_silence(
    host: Host, answer: httpx.Response, position: int, passwords: tuple[str, ...]
) -> None:
    """Expect that nothing said since a position in the evidence holds a password."""
    for place, text in list_said(host, answer, position):
        if any(password in text for password in passwords):
            raise expect(answer).fails("no password that was sent", f"{place}: {text[:200]!r}")


def list_said(host: Host, answer: httpx.Response, position: int) -> Iterator[tuple[str, str]]:
    """List what was said since a position in the evidence, and where."""
    yield "the body", answer.text
    for name, value in answer.headers.items():
        yield f"the header '{name}'", value
    yield "the exception that ends the request", str(exchange_of(answer).raised)
    printed = ""
    for event in host.evidence.events[position:]:
        if isinstance(event, Log):
            fields = "\n".join((event.message, *map(str, event.fields.values())))
            yield f"the log of '{event.logger}'", fields
        elif isinstance(event, Output):
            printed += event.text
        elif isinstance(event, Warned):
            printed += event.message
    yield "what the app prints", printed


@criterion(task=2)
async def test_refusals_are_all_alike(
    library: Library, client: httpx.AsyncClient, host: Host
) -> None:
    """Whoever may not log in gets the same 401, and each request runs the slow hash once."""
    member, stranger, off = library.store(), library.draw(), library.store(disabled=1)
    wrong = library.draw_password()
    for why, email, password in (
        ("the e-mail is unknown", stranger.email, stranger.password),
        ("the e-mail is unknown, and the password is that of an account", "x", member.password),
        ("the password is wrong", member.email, wrong),
        ("the password is that of another account", member.email, off.password),
        ("the account is disabled", off.email, off.password),
        ("the account is disabled and the password is wrong", off.email, wrong),
        ("", member.email, member.password),
        *[("the password is wrong", member.email, wrong)] * 5,
        ("the account is locked", member.email, member.password),
        ("the account is locked and the password is wrong", member.email, wrong),
    ):
        position = len(host.evidence)
        answer = await log_in(client, email, password)
        because = f"Here {why or 'the login is right'}."
        if why:
            expect_refusal(answer, because)
        else:
            expect(answer).status(200, because)
        runs = count_runs(host, position)
        if runs != 1:
            seen = f"it runs {runs} times" if runs else "it does not run"
            raise expect(answer).fails("the slow hash to run once", seen, because)


def count_runs(host: Host, position: int) -> int:
    """Count how often the slow hash has run since a position in the evidence."""
    events = host.evidence.events[position:]
    return sum(isinstance(each, Log) and each.logger == "kata.hashing" for each in events)


@criterion(task=3)
async def test_token_is_answered_right(
    library: Library, clock: Clock, hosts: Hosts, inputs: SeededInputs
) -> None:
    """A login gives a token that says who, since when and until when, and is signed."""
    members, known = [library.store(), library.store()], set[str]()
    await clock.advance(microseconds=inputs.randint(500_000, 999_999))
    for minutes in (*inputs.numbers(2, 31, 600), inputs.randint(1441, 9999)):
        key = f"{inputs.word(20)}-é"
        host = await hosts.open(TOKEN_KEY=key, TOKEN_MINUTES=str(minutes))
        async with open_client(host) as client:
            for member in (*members, members[0]):
                answer = await log_in(client, member.email, member.password)
                expect(answer).status(200).header("cache-control", "no-store")
                body = {"token_type": "bearer", "expires_in": 60 * minutes}
                expect(answer).json(
                    {"access_token": expect(answer).read_json("access_token")} | body
                )
                claims = read_claims(answer, key)
                now = int(clock.now.timestamp())
                wanted = {"sub": str(member.id), "iat": now, "exp": now + 60 * minutes}
                number = claims.pop("jti", None) if isinstance(claims, dict) else None
                if not isinstance(number, str) or not same_json(claims, wanted):
                    raise expect(answer).fails(
                        f"the claims {json.dumps(wanted)} and a string `jti`",
                        f"the claims {read_part(answer, 1)}",
                        f"Now is {clock.now.isoformat()}, and the lifetime is {minutes} minutes.",
                    )
                if number in known:
                    expected = "a `jti` that no other token has"
                    raise expect(answer).fails(expected, f"{number!r} once more")
                known.add(number)


def read_part(answer: httpx.Response, index: int) -> str:
    """Give the text of the header (0) or of the claims (1) of a token."""
    token = expect(answer).read_json("access_token")
    found = TOKEN.fullmatch(token) if isinstance(token, str) else None
    if found is None or len(token) > LONGEST_TOKEN:
        expected = f"an `access_token` that is a JWT of at most {LONGEST_TOKEN} characters"
        raise expect(answer).fails(expected, f"the body {answer.text[:300]}")
    return decode(found[1 + index]).decode("utf-8", "replace")


def decode(part: str) -> bytes:
    """Decode a part of a token; nothing if it can't be."""
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return b""


def read_claims(answer: httpx.Response, key: str) -> Any:
    """Give the claims of the token in an answer; its signature has to be right."""
    parts = [read_part(answer, index) for index in (0, 1)]
    try:
        header, claims = (json.loads(part) for part in parts)
    except (ValueError, RecursionError):
        expected = "a token of JSON, as a JWT has it"
        raise expect(answer).fails(expected, f"{' and '.join(parts)}") from None
    token = str(expect(answer).read_json("access_token"))
    signed, _, signature = token.rpartition(".")
    made = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
    if not isinstance(header, dict) or header.get("alg") != "HS256":
        raise expect(answer).fails("a token that is signed by HS256", f"the header {parts[0]}")
    if not hmac.compare_digest(made, decode(signature)):
        expected = f"a token that is signed with the `token_key` {key!r}"
        raise expect(answer).fails(expected, "it is signed with another key")
    return claims


@criterion(task=3)
async def test_weak_key_stops_start(library: Library, hosts: Hosts, inputs: SeededInputs) -> None:
    """The app starts with a key of 32 bytes or more, and with no shorter one."""
    member, text = library.store(), inputs.word(20)
    for key in (text, "", text[:31], text[:32], "é" * 15 + "e", "é" * 16, "ह" * 10, "ह" * 11):
        size = len(key.encode())
        host = await hosts.open(start=False, TOKEN_KEY=key)
        host.history.append(f"start the app with the `TOKEN_KEY` {key!r} of {size} bytes")
        failure = await start(host)
        if size < SHORTEST_KEY and failure is None:
            raise expect_events(host).fails("that the startup fails", "it does not fail")
        if size >= SHORTEST_KEY:
            if failure is not None:
                raise expect_events(host).fails("that the app starts", failure)
            async with open_client(host) as client:
                answer = await log_in(client, member.email, member.password)
                expect(answer).status(200)
                read_claims(answer, key)


async def start(host: Host) -> str | None:
    """Start the app; say why it does not start."""
    try:
        await host.start()
    except SubmissionError as error:
        if error.kind not in ("startup", "crash"):
            raise
        return error.message
    return None


class Doors:
    """Two instances on one database: each login goes to the next of them."""

    def __init__(
        self, library: Library, clock: Clock, doors: list[tuple[Host, httpx.AsyncClient]]
    ) -> None:
        self._library, self._clock, self._doors = library, clock, doors

    def _next(self) -> httpx.AsyncClient:
        self._doors.append(self._doors.pop(0))
        return self._doors[-1][1]

    async def fail(self, member: Member, times: int = 1, because: str = "") -> None:
        """Send a wrong password so many times."""
        for _ in range(times):
            answer = await log_in(self._next(), member.email, f"{member.password}!")
            expect(answer).status(401, because)

    async def fail_together(self, member: Member) -> None:
        """Send a wrong password to each instance; before one counts it, both have looked at it."""
        wrong = f"{member.password}!"
        with self._library.database.transaction("UPDATE users SET disabled = disabled"):
            tasks = []
            for host, client in self._doors:
                began = len(host.evidence)
                tasks += await send_together(host, log_in(client, member.email, wrong))
                await wait_for_hash(host, began)
        for (host, _), task in zip(self._doors, tasks, strict=True):
            expect(await host.patience.wait(task)).status(401)

    async def expect(self, member: Member, opens: bool, because: str) -> None:
        """Expect of each instance that it lets a member in, or that it does not."""
        for _ in self._doors:
            answer = await log_in(self._next(), member.email, member.password)
            expect(answer).status(200 if opens else 401, because)

    async def wait(self, **units: float) -> None:
        """Let time pass."""
        await self._clock.advance(**units)


async def wait_for_hash(host: Host, began: int) -> None:
    """Wait until the slow hash has run, or until it seems that the app needs the database first."""
    with contextlib.suppress(OutOfPatience):
        await host.patience.wait(host.evidence.until(lambda: count_runs(host, began) > 0))


@pytest.fixture
async def doors(library: Library, clock: Clock, hosts: Hosts) -> AsyncIterator[Doors]:
    """Give two instances on one database."""
    async with AsyncExitStack() as stack:
        opened = [await hosts.open(), await hosts.open()]
        clients = [await stack.enter_async_context(open_client(each)) for each in opened]
        yield Doors(library, clock, list(zip(opened, clients, strict=True)))


@criterion(task=4)
async def test_five_failures_lock_account(library: Library, doors: Doors) -> None:
    """The fifth wrong password locks this account alone, in all instances, for 15 minutes."""
    member, other = library.store(), library.store()
    await doors.fail(other, 4)
    for _ in range(5):
        await doors.wait(seconds=7)
        await doors.fail(member)
    for seconds in (0, 1, 450, 448):
        await doors.wait(seconds=seconds)
        await doors.expect(member, False, "The account is locked.")
        await doors.fail(member, 3, "The account is locked.")
    await doors.expect(other, True, "Only the account of somebody else is locked.")
    await doors.wait(seconds=1)
    await doors.expect(member, True, "The fifth wrong password was 15 minutes ago.")

    busy = library.store()
    await doors.fail(busy, 3)
    await doors.fail_together(busy)
    await doors.expect(busy, False, "Five passwords were wrong, the last two at the same moment.")


@criterion(task=4)
async def test_count_begins_at_zero(library: Library, doors: Doors) -> None:
    """A login and a lock set the count to zero, and nothing else does."""
    member, other = library.store(), library.store()
    for _ in range(2):
        await doors.fail(member, 4)
        await doors.expect(member, True, "Four passwords were wrong since the last login.")
    await doors.fail(member, 4)
    await doors.wait(days=30)
    await doors.expect(other, True, "No password for this account was wrong.")
    await doors.fail(member)
    await doors.expect(member, False, "Five passwords were wrong since the last login.")
    await doors.wait(minutes=15)
    await doors.fail(member, 4, "Since the lock, fewer than five passwords were wrong.")
    await doors.expect(member, True, "Four passwords were wrong since the lock.")
    await doors.fail(member, 4)
    library.disable(member, True)
    await doors.expect(member, False, "The account is disabled.")
    library.disable(member, False)
    await doors.fail(member)
    await doors.expect(member, False, "While it was disabled, nobody has logged in.")
    await doors.wait(minutes=15)
    for before in ("the last login", "the last lock"):
        await doors.fail(member, 5)
        await doors.expect(member, False, f"Five passwords were wrong since {before}.")
        await doors.wait(minutes=15)


@criterion(task=4)
async def test_any_login_gets_its_due(oracle: Oracle) -> None:
    """Whoever logs in, whenever and with whatever password, the answer is the promised one."""
    await oracle.compare()
