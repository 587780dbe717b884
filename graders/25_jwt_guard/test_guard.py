"""Grader of 25_jwt_guard: whose tokens open the rota, and what everybody else is told.

Tokens are made here, with keys that are drawn. The clock stands still, so a bound is a second.
"""

import base64
import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest

from dojo.grader import Host, Oracle, SeededInputs, criterion, expect
from dojo.harness.database import Database
from dojo.harness.hosts import Clock

ROUTES = ("/me", "/rota")
REFUSED = {"detail": "Not authenticated"}
HOUR = 3600
HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
TABLES = """
    CREATE TABLE keys (id TEXT PRIMARY KEY, secret TEXT);
    CREATE TABLE volunteers (id TEXT PRIMARY KEY, name TEXT, role TEXT, active INTEGER);
    CREATE TABLE revoked (jti TEXT PRIMARY KEY);
"""


def write_part(value: Any) -> str:
    """Write a part of a token: bytes as they are, anything else as JSON."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(header: Any, claims: Any, secret: str, algorithm: str = "HS256") -> str:
    """Sign a token, whatever its header says."""
    text = f"{write_part(header)}.{write_part(claims)}"
    signature = hmac.digest(secret.encode(), text.encode(), HASHES[algorithm])
    return f"{text}.{write_part(signature)}"


class LoginService:
    """The login service, and the store that the app reads."""

    def __init__(self, database: Database, clock: Clock, inputs: SeededInputs) -> None:
        self.database, self._clock, self._inputs = database, clock, inputs
        self._number = 0
        database.execute_script(TABLES)
        self.keys: dict[str, str] = {}
        for _ in range(2):
            self.add_key()
        self.old, self.new = self.keys

    def add_key(self) -> str:
        """Store a key; give its id."""
        key_id = f"k-{self._inputs.word()}-{len(self.keys)}"
        self.keys[key_id] = hashlib.sha256(self._inputs.word(12).encode()).hexdigest()
        self.database.insert("keys", [{"id": key_id, "secret": self.keys[key_id]}])
        return key_id

    def add_volunteer(self, role: str = "helper", active: bool = True) -> dict[str, str]:
        """Store a volunteer; give what `/me` shows of them."""
        self._number += 1
        name = self._inputs.name()
        row = {"id": f"v{self._number}-{self._inputs.word()}", "name": name, "role": role}
        self.database.insert("volunteers", [row | {"active": int(active)}])
        return row

    def make_claims(self, volunteer: dict[str, str], **changes: Any) -> dict[str, Any]:
        """Make the claims of a token that is good for an hour; `...` leaves one out."""
        self._number += 1
        claims: dict[str, Any] = {
            "sub": volunteer["id"],
            "iss": "login",
            "aud": "rota",
            "exp": self.read_seconds() + HOUR,
            "jti": f"t{self._number}-{self._inputs.word()}",
        }
        return {name: value for name, value in (claims | changes).items() if value is not ...}

    def make_token(self, volunteer: dict[str, str], key_id: str = "", **changes: Any) -> str:
        """Make a token with a key, the new one if none is named."""
        key_id = key_id or self.new
        header = {"alg": "HS256", "typ": "JWT", "kid": key_id}
        return sign(header, self.make_claims(volunteer, **changes), self.keys[key_id])

    def read_seconds(self) -> int:
        """Read the clock, in whole seconds."""
        return int(self._clock.now.timestamp())


@pytest.fixture
def login(database: Database, clock: Clock, inputs: SeededInputs) -> LoginService:
    """Give a login service with two keys that are stored before the app starts."""
    return LoginService(database, clock, inputs)


async def ask(
    client: httpx.AsyncClient, token: str | None, path: str = "/me", scheme: str = "Bearer"
) -> httpx.Response:
    """Ask with a token, or with none."""
    headers = {} if token is None else {"Authorization": f"{scheme} {token}".rstrip()}
    return await client.get(path, headers=headers)


async def expect_refused(client: httpx.AsyncClient, token: str | None, because: str) -> None:
    """Expect the refusal of a token."""
    expect_refusal(await ask(client, token), because)


def expect_refusal(answer: httpx.Response, because: str) -> None:
    """Expect the answer that every refused request gets."""
    expect(answer).status(401, because).json(REFUSED).header("www-authenticate", "Bearer")


async def expect_known(
    client: httpx.AsyncClient, token: str, volunteer: dict[str, str], because: str = ""
) -> None:
    """Expect that `/me` shows the volunteer of a token."""
    expect(await ask(client, token)).status(200, because).json(volunteer)


@criterion(task=1)
async def test_store_says_who_is_calling(login: LoginService, client: httpx.AsyncClient) -> None:
    """The volunteer is the one of the store at that moment, whatever else the token says."""
    helper, lead = login.add_volunteer(), login.add_volunteer("lead")
    token = login.make_token(helper, name=lead["name"], role="lead", id=lead["id"], active=True)
    await expect_known(client, token, helper)
    await expect_known(client, login.make_token(lead), lead)
    because = "The store has changed since the token was made."
    login.database.execute("UPDATE volunteers SET role = 'lead' WHERE id = ?", [helper["id"]])
    await expect_known(client, token, helper | {"role": "lead"}, because)
    login.database.execute("UPDATE volunteers SET active = 0 WHERE id = ?", [helper["id"]])
    await expect_refused(client, token, "The volunteer is not active any more.")
    login.database.execute("DELETE FROM volunteers WHERE id = ?", [helper["id"]])
    await expect_refused(client, token, "The volunteer is not in the store any more.")


@criterion(task=1)
async def test_other_credentials_are_refused(
    login: LoginService, client: httpx.AsyncClient, inputs: SeededInputs
) -> None:
    """Without a token after the word `Bearer`, or with any other text, the refusal is the same."""
    volunteer = login.add_volunteer()
    token = login.make_token(volunteer)
    for scheme in ("bearer", "BEARER"):
        answer = await ask(client, token, scheme=scheme)
        expect(answer).status(200, "The word Bearer may be in capital or small letters.")
    await expect_refused(client, None, "The request has no header `Authorization`.")
    key = {"alg": "HS256", "kid": login.new}
    texts = ["", "null", "..", "a.b.c", inputs.word(), "x" * 10_000, token.partition(".")[2]]
    texts += [f"{token}.{token}", f"{write_part(b'{')}.e30.AA", f"{write_part([key])}.e30.AA"]
    odd: list[Any] = [{"kid": [login.new]}, {"kid": {}}, {"kid": 1}, {"kid": None}]
    odd += [{"alg": []}, {"alg": None}, {"alg": 1}]
    texts += [f"{write_part(key | each)}.e30.AA" for each in odd]
    for text in texts:
        await expect_refused(client, text, "This is no token of the login service.")
    values = ["Bearer", token, f"Token {token}", f"Basic {token}"]
    for value in (*map(str.encode, values), b"Bearer \xff\xfe.\xe9.\xe8"):
        answer = await client.get("/me", headers=[(b"Authorization", value)])
        expect_refusal(answer, "This header holds no token of the login service.")


@criterion(task=2)
async def test_forged_tokens_are_refused(login: LoginService, client: httpx.AsyncClient) -> None:
    """Only the promised algorithm and the key that a token names make it good."""
    volunteer, stranger = login.add_volunteer(), login.add_volunteer("lead")
    claims, secret = login.make_claims(volunteer), login.keys[login.new]
    header = {"alg": "HS256", "kid": login.new}
    await expect_known(client, sign(header, claims, secret), volunteer)
    for name in ("none", "None", "NONE", ""):
        text = f"{write_part(header | {'alg': name})}.{write_part(claims)}"
        signature = sign(header | {"alg": name}, claims, secret).rpartition(".")[2]
        for each in (f"{text}.", f"{text}.{signature}"):
            await expect_refused(client, each, f"The token names the algorithm '{name}'.")
    for name in ("HS384", "HS512"):
        because = f"The token is signed with {name}."
        await expect_refused(client, sign(header | {"alg": name}, claims, secret, name), because)
    for wrong in ("", login.new, login.keys[login.old], secret.upper(), "secret"):
        await expect_refused(client, sign(header, claims, wrong), "Another key has signed it.")
    head, _, signature = sign(header, claims, secret).split(".")
    for changed in ({"sub": stranger["id"]}, {"exp": claims["exp"] + 1}):
        forged = f"{head}.{write_part(claims | changed)}.{signature}"
        await expect_refused(client, forged, "The claims are others than those that were signed.")


@criterion(task=2)
async def test_claims_are_checked(
    login: LoginService, client: httpx.AsyncClient, clock: Clock, inputs: SeededInputs
) -> None:
    """A token says whom it is for, who made it, for which app, and from when to when it is good."""
    volunteer = login.add_volunteer()
    for name in ("exp", "sub", "jti", "iss", "aud"):
        lacking: dict[str, Any] = {name: ...}
        token = login.make_token(volunteer, **lacking)
        await expect_refused(client, token, f"The token has no claim '{name}'.")
    for name, wrong in (
        *(("iss", each) for each in ("Login", "login/", "other", "")),
        *(("aud", each) for each in ("Rota", "rota2", "", [], ["rot", "a"], ["shop", "rota/"])),
        ("sub", "nobody"),
    ):
        changed: dict[str, Any] = {name: wrong}
        token = login.make_token(volunteer, **changed)
        await expect_refused(client, token, f"The claim '{name}' is {json.dumps(wrong)}.")
    for audience in (["rota"], ["shop", "rota"]):
        token = login.make_token(volunteer, aud=audience)
        await expect_known(client, token, volunteer, f"The claim 'aud' is {json.dumps(audience)}.")

    await expect_refused(client, login.make_token(volunteer, exp=1_000_000_000), "It is of 2001.")
    begin, end = inputs.randint(2, HOUR), inputs.randint(HOUR + 2, 9 * HOUR)
    now = login.read_seconds()
    token = login.make_token(volunteer, nbf=now + begin, exp=now + end)
    for moment, is_good in ((0, 0), (begin - 1, 0), (begin, 1), (end - 1, 1), (end, 0)):
        await clock.advance(now + moment - login.read_seconds())
        because = f"There are {begin - moment} seconds to `nbf` and {end - moment} to `exp`."
        if is_good:
            await expect_known(client, token, volunteer, because)
        else:
            await expect_refused(client, token, because)


@criterion(task=3)
async def test_keys_change_while_running(login: LoginService, client: httpx.AsyncClient) -> None:
    """A token is good with the key that it names, for as long as `read_keys` gives that key."""
    volunteer = login.add_volunteer()
    claims = login.make_claims(volunteer)
    old, new = (login.make_token(volunteer, each) for each in (login.old, login.new))
    for each in (old, new, old):
        await expect_known(client, each, volunteer, "There are two keys at the moment.")
    for header in ({"alg": "HS256"}, {"alg": "HS256", "kid": "k-unknown"}):
        for secret in login.keys.values():
            forged = sign(header, claims, secret)
            await expect_refused(client, forged, f"The header of the token is {header}.")
    newest = login.add_key()
    because = "The key has been added while the app runs."
    await expect_known(client, login.make_token(volunteer, newest), volunteer, because)
    login.database.execute("DELETE FROM keys WHERE id = ?", [login.old])
    await expect_refused(client, old, "The key of the token has been taken out.")
    await expect_known(client, new, volunteer, "Another key has been taken out.")


@criterion(task=3)
async def test_revoked_token_is_refused(login: LoginService, client: httpx.AsyncClient) -> None:
    """A revoked token is refused from the next request on; others of that volunteer are not."""
    volunteer = login.add_volunteer()
    one, other = login.make_claims(volunteer), login.make_claims(volunteer)
    header = {"alg": "HS256", "kid": login.new}
    tokens = [sign(header, claims, login.keys[login.new]) for claims in (one, other)]
    for each in tokens:
        await expect_known(client, each, volunteer)
    login.database.insert("revoked", [{"jti": one["jti"]}])
    await expect_refused(client, tokens[0], "The `jti` of the token has been revoked.")
    again = sign(header, one, login.keys[login.new])
    await expect_refused(client, again, "The `jti` of the token has been revoked.")
    await expect_known(client, tokens[1], volunteer, "Another token has been revoked.")


@criterion(task=4)
async def test_outage_refuses_nobody(
    login: LoginService, client: httpx.AsyncClient, host: Host
) -> None:
    """While the store cannot be reached, good tokens get 503, and bad ones 401 without it."""
    volunteer = login.add_volunteer()
    token = login.make_token(volunteer)
    bad = [None, "junk", login.make_token(volunteer, exp=login.read_seconds())]
    bad += [login.make_token(volunteer, aud="shop"), sign({"alg": "HS256"}, {}, "")]
    for table in ("", "volunteers", "revoked"):
        if table:
            login.database.execute(f"ALTER TABLE {table} RENAME TO lost")
            for path in ROUTES:
                expect(await ask(client, token, path)).status(503, "The token is good.")
        calls = len(host.evidence.logs("kata.store"))
        for each in bad:
            await expect_refused(client, each, "It takes no store to see that this is no token.")
            if reports := host.evidence.logs("kata.store")[calls:]:
                seen = f"the store reports '{reports[0].message}'"
                answer = await ask(client, each)
                raise expect(answer).fails("that the store is not asked for this token", seen)
        if table:
            login.database.execute(f"ALTER TABLE lost RENAME TO {table}")
        await expect_known(client, token, volunteer, "The store can be reached again.")


@criterion(task=4)
async def test_any_token_gets_its_answer(oracle: Oracle) -> None:
    """Whatever is sent in whatever order, the answer is the promised one."""
    await oracle.compare()
