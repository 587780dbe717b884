"""Grader of 26_scopes: what each token opens, and what a refused client and the docs are told."""

import base64
import hashlib
import hmac
import json
import re
from typing import Any

import httpx

from dojo.grader import Host, Oracle, SeededInputs, criterion, expect

KEY = "demo-key-of-the-music-school-for-this-kata"
NEEDED = {
    ("GET", "/me"): (),
    ("GET", "/loans"): ("loans:read",),
    ("POST", "/loans"): ("loans:read", "loans:write"),
    ("DELETE", "/loans/1"): ("loans:write", "admin"),
    ("GET", "/reports"): ("loans:read", "reports:read"),
}
ALL = ("loans:read", "loans:write", "reports:read", "admin")
DRAFT = {"instrument": "Viola"}
REFUSED = {"detail": "Not authenticated"}
NAMED = re.compile(r'(?:^|[\s,])scope="([^"]*)"')
Route = tuple[str, str]


def make_token(scope: Any, name: str = "Clara", key: str = KEY, **claims: Any) -> str:
    """Make a token with a claim `scope`, with none for `...`."""
    claims = {"sub": name, "exp": 4102444800} | claims
    if scope is not ...:
        claims["scope"] = scope
    parts = [
        base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode()
        for each in ({"alg": "HS256", "typ": "JWT"}, claims)
    ]
    digest = hmac.digest(key.encode(), ".".join(parts).encode(), hashlib.sha256)
    return ".".join([*parts, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()])


async def ask(
    client: httpx.AsyncClient, route: Route, token: str, body: Any = DRAFT
) -> httpx.Response:
    """Ask a route with a token; a `POST` has a body."""
    headers = {"Authorization": f"Bearer {token}"}
    more = {"json": body} if route[0] == "POST" else {}
    return await client.request(*route, headers=headers, **more)


async def expect_open(client: httpx.AsyncClient, route: Route, scope: Any, because: str) -> None:
    """Expect that a token with this claim opens a route."""
    status = {"POST": 201, "DELETE": 204}.get(route[0], 200)
    expect(await ask(client, route, make_token(scope))).status(status, because)


async def expect_closed(client: httpx.AsyncClient, route: Route, scope: Any, because: str) -> None:
    """Expect that a token with this claim does not open a route."""
    expect(await ask(client, route, make_token(scope))).status(403, because)


@criterion(task=1)
async def test_scopes_open_routes(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """With all of its scopes a route answers as before, whatever other scopes there are."""
    name, instrument = inputs.name(), inputs.name()
    tokens = {route: make_token(" ".join(each), name) for route, each in NEEDED.items()}
    expect(await ask(client, ("GET", "/me"), tokens["GET", "/me"])).status(200).json({"name": name})
    first = {"id": 1, "instrument": "Cello", "lent_by": "Clara"}
    second = {"id": 2, "instrument": instrument, "lent_by": name}
    listing, adding = ("GET", "/loans"), ("POST", "/loans")
    expect(await ask(client, listing, tokens[listing])).status(200).json([first])
    added = await ask(client, adding, tokens[adding], {"instrument": instrument})
    expect(added).status(201).json(second)
    report = await ask(client, ("GET", "/reports"), tokens["GET", "/reports"])
    expect(report).status(200).json({"for": name, "loans": 2})
    expect(await ask(client, ("DELETE", "/loans/1"), tokens["DELETE", "/loans/1"])).status(204)
    everything = make_token(f"other {' '.join(reversed(ALL))} other", name)
    expect(await ask(client, listing, everything)).status(200).json([second])
    expect(await ask(client, ("DELETE", "/loans/1"), everything)).status(404)
    expect(await ask(client, adding, everything, {"instrument": ""})).status(422)


@criterion(task=1)
async def test_each_scope_is_needed(client: httpx.AsyncClient, host: Host) -> None:
    """Without one of its scopes a route answers 403, and the loans are not reached."""
    attempts: list[tuple[Route, Any]] = [(route, DRAFT) for route in NEEDED]
    attempts += [(("DELETE", "/loans/4711"), DRAFT), (("POST", "/loans"), {"instrument": ""})]
    for lacking in ALL:
        held = [scope for scope in ALL if scope != lacking]
        token = make_token(" ".join(held))
        for route, body in attempts:
            needed = NEEDED.get(route, NEEDED["DELETE", "/loans/1"])
            if needed and lacking not in needed:
                continue
            before = len(host.evidence.logs("kata.loans"))
            answer = await ask(client, route, token, body)
            if not needed:
                expect(answer).status(200, "This route needs a token and no scope.")
                continue
            expect(answer).status(403, f"The token has all scopes but '{lacking}'.")
            if reports := host.evidence.logs("kata.loans")[before:]:
                seen = f"the loans report '{reports[0].message}'"
                raise expect(answer).fails("that no call reaches the loans", seen)
    for route in NEEDED:
        if NEEDED[route]:
            await expect_closed(client, route, "", "The token has no scope.")


@criterion(task=2)
async def test_scopes_are_whole_words(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """A scope is the same text, not a part of another one, and in the same letters."""
    word = inputs.word()
    others = ("loans:read", "loans:write")
    wrong = ("nonadmin", f"admin:{word}", "Admin", "ADMIN", "admi", f"{word}admin")
    for each in wrong:
        for scope in (f"loans:write {each}", ["loans:write", each]):
            because = f"The scopes of the token are 'loans:write' and '{each}'."
            await expect_closed(client, ("DELETE", "/loans/1"), scope, because)
    for each in ("loans", "loans:", "read", "loans:read:own", "Loans:Read", "reports:loans:read"):
        await expect_closed(client, ("GET", "/loans"), each, f"The token has the scope '{each}'.")
    because = "Each text of the list is one scope."
    await expect_closed(client, ("POST", "/loans"), [" ".join(others)], because)
    await expect_closed(client, ("POST", "/loans"), "loans:readloans:write", "It is one word.")
    good: tuple[Any, ...] = (list(others), " ".join(others), "  ".join(reversed(others)))
    for scope in good:
        await expect_open(client, ("POST", "/loans"), scope, "The token has both scopes.")


@criterion(task=2)
async def test_claim_is_text_or_list(client: httpx.AsyncClient) -> None:
    """The claim is a text or a list of texts; without it there are no scopes; else it is a 401."""
    reading = ("GET", "/loans")
    granted: list[Any] = [["loans:read"], ["other", "loans:read"], "other loans:read", "loans:read"]
    for scope in granted:
        await expect_open(client, reading, scope, f"The claim 'scope' is {json.dumps(scope)}.")
    empty: list[Any] = [..., "", [], ["other"]]
    for scope in empty:
        await expect_closed(client, reading, scope, "The token has no scope of this route.")
        await expect_open(client, ("GET", "/me"), scope, "The route needs no scope.")
    bad: list[Any] = [5, 0, None, True, False, {}, {"loans:read": True}, [["loans:read"]]]
    bad += [["loans:read", 5], ["loans:read", None], ["loans:read", {}]]
    for scope in bad:
        for route in (reading, ("GET", "/me")):
            answer = await ask(client, route, make_token(scope))
            because = f"The claim 'scope' is {json.dumps(scope)}."
            expect(answer).status(401, because).json(REFUSED)


@criterion(task=2)
async def test_no_good_token_is_401(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """Without a good token every route gives the same 401, whatever the header holds."""
    scope = " ".join(ALL)
    good = make_token(scope)
    headers = [f"Bearer {inputs.word()}", "Bearer a.b.c", "Bearer", f"Basic {good}", good]
    headers += [f"Bearer {make_token(scope, key='another-key-that-is-long-enough-for-hs256')}"]
    headers += [f"Bearer {make_token(scope, exp=1_000_000_000)}", f"Bearer {good[:-3]}"]
    attempts = [{"Authorization": each} for each in headers]
    for method, path in NEEDED:
        for sent in ({}, *attempts) if path == "/loans" else ({}, attempts[0]):
            body = DRAFT if method == "POST" else None
            answer = await client.request(method, path, headers=sent, json=body)
            because = "A good token is missing." if sent else "The request has no token."
            expect(answer).status(401, because).json(REFUSED)
            expect(answer).header("www-authenticate", "Bearer", because)


@criterion(task=3)
async def test_refusal_names_scopes(client: httpx.AsyncClient) -> None:
    """A 403 names all scopes of the route in `WWW-Authenticate`, those of the token too."""
    for route, needed in NEEDED.items():
        for held in (needed[1:], needed[:1], ()):
            if set(held) == set(needed):
                continue
            answer = await ask(client, route, make_token(" ".join(held)))
            expect(answer).status(403)
            header = answer.headers.get("www-authenticate", "")
            found = NAMED.search(header)
            if not header.startswith("Bearer ") or found is None:
                wanted = f"a header 'WWW-Authenticate: Bearer … scope=\"{' '.join(needed)}\"'"
                seen = f"'{header}'" if header else "no such header"
                raise expect(answer).fails(wanted, seen)
            if sorted(found[1].split()) != sorted(needed):
                wanted = f"the scopes {', '.join(sorted(needed))} in the header, each once"
                raise expect(answer).fails(wanted, f"'{header}'")


@criterion(task=3)
async def test_document_lists_scopes(client: httpx.AsyncClient) -> None:
    """In `/openapi.json` the security of each operation holds the scopes of its route."""
    answer = await client.get("/openapi.json")
    expect(answer).status(200)
    for (method, path), needed in NEEDED.items():
        shown = "/loans/{loan_id}" if path.startswith("/loans/") else path
        operation = expect(answer).read_json("paths", shown, method.lower())
        security = operation.get("security") if isinstance(operation, dict) else None
        found = sorted(list_scopes(security)) if security else None
        if found != sorted(needed):
            wanted = f"a scheme with the scopes {sorted(needed)} at {method} {shown}"
            raise expect(answer).fails(wanted, f"'security': {json.dumps(security)}")


def list_scopes(security: Any) -> set[str]:
    """List the scopes of a list of security requirements, whatever the schemes are."""
    requirements = security if isinstance(security, list) else []
    lists = [each for item in requirements if isinstance(item, dict) for each in item.values()]
    return {str(scope) for each in lists if isinstance(each, list) for scope in each}


@criterion(task=3)
async def test_any_token_gets_its_answer(oracle: Oracle) -> None:
    """Whoever asks for whatever with whatever token, the answer is the promised one."""
    await oracle.compare()
