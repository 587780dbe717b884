"""Grader of 08_headers_cookies: what is read of a request, what is shown of it, and one cookie.

A criterion writes the header `Cookie` itself: no jar decides what a browser would send.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import time
from typing import Any

import httpx

from dojo.grader import Host, Oracle, SeededInputs, criterion, expect, open_client

Headers = list[tuple[str, str]]

ASHA, RAVI = "demo-asha", "demo-ravi"
LOGGED_OUT = {"detail": "Log in first."}
ONLY_TWO = "Only a login and a logout set a cookie."
PROMISED = ("HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=3600")
NO_TIME = re.compile(r"-\d+|0+")
NUMBER = re.compile(r"-?\d+")


@dataclass(frozen=True)
class SetCookie:
    """A cookie as an answer sets it; the names of the attributes are in small letters."""

    header: str
    name: str
    value: str
    attributes: dict[str, str]

    @property
    def expired(self) -> bool:
        """Whether a browser drops the cookie at once (RFC 6265, section 5.3)."""
        age = self.attributes.get("max-age", "")
        if NUMBER.fullmatch(age):
            return NO_TIME.fullmatch(age) is not None
        try:
            return parsedate_to_datetime(self.attributes["expires"]).timestamp() <= time()
        except (KeyError, ValueError, TypeError, IndexError, OverflowError):
            return False

    @property
    def path(self) -> str:
        """The path for which a browser keeps it: `/` if the answer to a route names none."""
        path = self.attributes.get("path", "")
        return path if path.startswith("/") else "/"

    def has(self, attribute: str) -> bool:
        """Whether an attribute is there, with its value if it is written with one."""
        name, _, value = attribute.lower().partition("=")
        found = self.attributes.get(name)
        return found is not None and (not value or found.lower() == value)


def read_cookie(header: str) -> SetCookie:
    """Read a header `Set-Cookie` as browsers do."""
    pair, *rest = header.split(";")
    name, _, value = pair.partition("=")
    parts = [each.partition("=") for each in rest]
    attributes = {key.strip().lower(): text.strip() for key, _, text in parts}
    return SetCookie(header, name.strip(), value.strip(), attributes)


async def ask(
    client: httpx.AsyncClient, method: str, path: str, token: str | None = None, **options: Any
) -> httpx.Response:
    """Send a request with the cookie `session`, or with none."""
    client.cookies.clear()
    if token is not None:
        options["headers"] = {**options.get("headers", {}), "cookie": f"session={token}".encode()}
    return await client.request(method, path, **options)


async def ask_afresh(
    client: httpx.AsyncClient, host: Host, *route: str, **more: Any
) -> httpx.Response:
    """Send a request that no other has prepared, so that a failure shows it alone."""
    host.history.clear()
    return await ask(client, *route, **more)


def expect_session_cookie(answer: httpx.Response, because: str = "") -> SetCookie:
    """Expect that an answer sets the cookie `session`, and no other; give it."""
    cookies = [read_cookie(each) for each in answer.headers.get_list("set-cookie")]
    if [each.name for each in cookies] != ["session"]:
        seen = " and ".join(f"'set-cookie: {each.header}'" for each in cookies)
        expected = "one header 'set-cookie', for the cookie 'session'"
        raise expect(answer).fails(expected, seen or "no header 'set-cookie'", because)
    return cookies[0]


async def log_in(client: httpx.AsyncClient, member: str, token: str | None = None) -> SetCookie:
    """Log in; give the cookie that is set."""
    answer = await ask(client, "POST", "/login", token, json={"member": member})
    expect(answer).status(200)
    return expect_session_cookie(answer)


async def expect_member(client: httpx.AsyncClient, token: str, member: str, because: str) -> None:
    """Expect that a token is the one of an open session."""
    answer = await ask(client, "GET", "/me", token)
    expect(answer).status(200, because).json({"member": member}, because)
    expect(answer).header("set-cookie", None, ONLY_TWO)


def expect_nobody(answer: httpx.Response, because: str) -> None:
    """Expect that a request is not taken for the one of a member."""
    expect(answer).status(401, because).json(LOGGED_OUT, because)


@criterion(task=1)
async def test_station_is_required(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """`X-Station` is required, in upper or lower case. `x_station` is another header."""
    station, other = f"Desk {inputs.name()}, {inputs.word()}", inputs.word()
    for headers in ({"x-station": station}, {"X-STATION": station, "x_station": other}):
        answer = await ask_afresh(client, host, "GET", "/shows", headers=headers)
        expect(answer).status(200).json_at("asked", "station", equals=station)
    because = "The header 'X-Station' is missing."
    without: list[dict[str, str]] = [{}, {"x_station": station}, {"station": station}]
    for headers in without:
        query = {"x_station": station, "x-station": station}
        refused = await ask_afresh(client, host, "GET", "/shows", headers=headers, params=query)
        expect(refused).invalid_within("header", because=because)
        for key in ("type", "msg"):
            if not isinstance(expect(refused).read_json("detail", 0, key), str):
                raise expect(refused).fails(f"a text under '{key}' in each error", refused.text)


@criterion(task=1)
async def test_every_hop_arrives(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """All values of `X-Hop` headers arrive as a list, in their order."""
    first, second = f"z{inputs.word()}", f"a{inputs.word()}"
    many = [second, "", f"{first}, {second}", second]
    ways: list[list[str]] = [[], [first], [first, second], many]
    for hops in ways:
        station: Headers = [("X-Station", inputs.word()), ("x_hop", inputs.word())]
        headers = station + [("X-Hop", hop) for hop in hops]
        answer = await ask_afresh(client, host, "GET", "/shows", headers=headers)
        expect(answer).status(200).json_at("asked", "hops", equals=hops)


@criterion(task=2)
async def test_cookie_is_protected(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """A login puts a new token into a cookie that scripts cannot read, and nowhere else."""
    member = inputs.name()
    tokens = [ASHA]
    for site in ("127.0.0.1:8000", "localhost", "box.theatre.example"):
        sent = {"json": {"member": member}, "headers": {"host": site}}
        answer = await ask(client, "POST", "/login", tokens[-1], **sent)
        expect(answer).status(200)
        cookie = expect_session_cookie(answer)
        lacking = [f"with '{each}'" for each in PROMISED if not cookie.has(each)]
        lacking += ["without 'Domain'"] * cookie.has("Domain")
        if lacking:
            expected = f"the cookie 'session' {' and '.join(lacking)}"
            raise expect(answer).fails(expected, f"'set-cookie: {cookie.header}'")
        expect(answer).json({"member": member}, because="The token is in the cookie alone.")
        expect_hidden(answer, cookie)
        if cookie.value in tokens:
            expected = "a token that no earlier session had"
            raise expect(answer).fails(expected, f"the token '{cookie.value}' once more")
        tokens.append(cookie.value)


def expect_hidden(answer: httpx.Response, cookie: SetCookie) -> None:
    """Expect that no other header holds the token."""
    for name, value in answer.headers.items():
        if name != "set-cookie" and cookie.value and cookie.value in value:
            seen = f"header '{name}: {value}'"
            raise expect(answer).fails("the token in the cookie and nowhere else", seen)


@criterion(task=2)
async def test_cookie_alone_logs_in(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """`/me` finds each open session by its cookie, and by nothing else."""
    headers = {"cookie": f"theme={inputs.word()}; session={RAVI}; sort=new"}
    found = await ask_afresh(client, host, "GET", "/me", headers=headers)
    expect(found).status(200).json({"member": "ravi"})
    nobody = await ask_afresh(client, host, "GET", "/me")
    expect_nobody(nobody, "There is no cookie.")
    for path, headers in (
        (f"/me?session={ASHA}", {"x-session": RAVI}),
        ("/me", {"session": RAVI}),
        ("/me", {"authorization": f"Bearer {ASHA}"}),
        ("/me", {"cookie": f"theme={ASHA}"}),
    ):
        nobody = await ask_afresh(client, host, "GET", path, headers=headers)
        expect_nobody(nobody, "Only the cookie 'session' says who asks.")
    for wrong in (inputs.word(4), "asha"):
        nobody = await ask_afresh(client, host, "GET", "/me", wrong)
        expect_nobody(nobody, "This token belongs to no open session.")
    host.history.clear()
    member, other = inputs.name(), inputs.name()
    token = (await log_in(client, member)).value
    again = (await log_in(client, member, token)).value
    foreign = (await log_in(client, other)).value
    because = "Each login opens its own session, and all sessions stay open."
    for each, owner in ((foreign, other), (again, member), (token, member), (ASHA, "asha")):
        await expect_member(client, each, owner, because)
    for method, path in (("GET", "/shows"), ("GET", "/info"), ("POST", "/raw")):
        headers = {"x-station": inputs.word()}
        answer = await ask(client, method, path, ASHA, headers=headers)
        expect(answer).header("set-cookie", None, ONLY_TWO)


@criterion(task=3)
async def test_logout_ends_session(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """A logout closes only the session of its cookie, and deletes the cookie in the browser."""
    same_member = (await log_in(client, "asha")).value
    await expect_logout(client, ASHA)
    refused = await ask(client, "GET", "/me", ASHA)
    expect_nobody(refused, "This session has been closed by a logout.")
    for token, member in ((same_member, "asha"), (RAVI, "ravi")):
        await expect_member(client, token, member, "This session was not logged out.")
    for nobody in (ASHA, inputs.word(4), None):
        await expect_logout(client, nobody)
    await expect_logout(client, same_member)
    refused = await ask(client, "GET", "/me", same_member)
    expect_nobody(refused, "This session has been closed by a logout.")


async def expect_logout(client: httpx.AsyncClient, token: str | None) -> None:
    """Expect how a logout is answered, whatever comes with it."""
    answer = await ask(client, "POST", "/logout", token)
    expect(answer).status(204)
    cookie = expect_session_cookie(answer, "Each logout deletes the cookie in the browser.")
    if not cookie.expired:
        expected = "the cookie 'session' with a time in the past"
        raise expect(answer).fails(expected, f"'set-cookie: {cookie.header}'")
    if cookie.path != "/" or cookie.has("Domain"):
        because = "For a browser a cookie with another path or domain is another cookie."
        expected = "the cookie 'session' with the path of the login, '/', and no domain"
        raise expect(answer).fails(expected, f"'set-cookie: {cookie.header}'", because)


@criterion(task=4)
async def test_info_hides_secrets_alone(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """`/info` shows all values of each header and query key, and `***` for secrets."""
    bearer, session, key = inputs.word(5), inputs.word(5), inputs.word(5)
    one, other = f"z{inputs.word()}", f"a{inputs.word()}"
    secret = [
        *(("Authorization", f"Bearer {bearer}"), ("authorization", f"Basic {bearer}")),
        *(("Cookie", f"theme={session}; session={session}"), ("X-API-Key", key)),
    ]
    shown = [
        *(("X-Hop", one), ("X-Hop", other), ("X-Authorization-Scheme", "bearer")),
        *(("X-Cookie-Banner", one), ("Token", other)),
    ]
    query = [("day", one), ("day", ""), ("day", other), ("authorization", one), ("q", "a b&c=ü%41")]
    for method in ("GET", "POST"):
        answer = await ask_afresh(
            client, host, method, "/info", headers=secret + shown, params=query
        )
        expect(answer).status(200)
        for text in (bearer, session, key):
            expect(answer).without(text, "Do not show any part of a secret value.")
        for name, values in (
            *(("authorization", ["***", "***"]), ("cookie", ["***"]), ("x-api-key", ["***"])),
            *(("x-hop", [one, other]), ("x-authorization-scheme", ["bearer"])),
            *(("x-cookie-banner", [one]), ("token", [other])),
        ):
            expect(answer).json_at("headers", name, equals=values)
        keys = {"day": [one, "", other], "authorization": [one], "q": ["a b&c=ü%41"]}
        expect(answer).json_at("query", equals=keys)
        expect(answer).json_at("method", equals=method)


@criterion(task=4)
async def test_client_is_peer_or_null(host: Host, inputs: SeededInputs) -> None:
    """`client` is the address from the server, or `null` if the server gives none."""
    address, claimed = (f"198.51.100.{number}" for number in inputs.numbers(2, 1, 254))
    headers = {"x-forwarded-for": claimed, "x-real-ip": claimed, "forwarded": f"for={claimed}"}
    for peer in ((address, inputs.number()), None, ("2001:db8::7", 1)):
        async with open_client(host, client=peer) as client:
            answer = await ask_afresh(client, host, "GET", "/info", headers=headers)
        named = peer[0] if peer else None
        because = f"The server {f'names {named}' if named else 'names no address'}."
        expect(answer).status(200, because).json_at("client", equals=named, because=because)


@criterion(task=4)
async def test_any_body_is_measured(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """`/raw` gives the number of bytes of any body, also of one in chunks."""
    for body, kind in (
        (b"", None),
        (inputs.word().encode(), "text/plain"),
        (("é" * inputs.randint(2, 99)).encode() + b"\r\n", None),
        (b"\xff\x00" + inputs.randbytes(inputs.randint(2, 99)), "application/octet-stream"),
        (b"Zo\xeb", "text/plain; charset=latin-1"),
        (b"{" + inputs.word().encode(), "application/json"),
        (b"--x" * inputs.randint(2, 9), "multipart/form-data"),
        (b"ab" * inputs.number(50_000, 90_000), "application/x-www-form-urlencoded"),
    ):
        headers = {"content-type": kind} if kind else {}
        answer = await ask_afresh(client, host, "POST", "/raw", content=body, headers=headers)
        expect(answer).status(200).json({"bytes": len(body)})
    number = inputs.randint(2, 9)
    answer = await ask_afresh(client, host, "POST", "/raw", content=send_chunks(number))
    because = f"The body comes in {number} chunks, and no header has its length."
    expect(answer).status(200, because).json({"bytes": number * len(CHUNK)}, because)


CHUNK = b"\xfe" * 1000


async def send_chunks(number: int) -> AsyncIterator[bytes]:
    """Give a body chunk by chunk."""
    for _ in range(number):
        yield CHUNK


@criterion(task=4)
async def test_any_request_is_read_right(oracle: Oracle) -> None:
    """Headers, cookies and bodies are read correctly in any requests, in any order."""
    await oracle.compare()
