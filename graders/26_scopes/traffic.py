"""Traffic of 26_scopes: tokens with all kinds of scopes, on all routes.

Not sent is what the statement leaves open: other white space than spaces in the claim, and a body
that is not JSON.
"""

import base64
import hashlib
import hmac
import json
import re
from typing import Any

from dojo.grader import Draw, Freedom, Request, Step, Traffic, request

KEY = "demo-key-of-the-music-school-for-this-kata"
ALL = ("loans:read", "loans:write", "reports:read", "admin")
SCOPES: tuple[Any, ...] = (
    *("loans:read", "loans:write admin", "loans:read  reports:read ", "loans:read loans:write"),
    *(" ".join(ALL), list(ALL), [*ALL, "", "x" * 500], ["loans:read", "loans:read"]),
    *("loans:read loans:read", ["reports:read", "loans:read"], " loans:read", ["admin"]),
)
CLOSE: tuple[Any, ...] = (
    *("loans:read,loans:write,admin", ["loans:read,reports:read"], [" loans:read ", "admin "]),
    *("loans:* admin", "*", ["*", "loans:*"], "Loans:read ADMIN", "loans.read loans.write"),
    *("loans", ["loans:read loans:write"], "", [], ["\u212boans:read", "loa\u0301ns:read"]),
    *('"loans:read"', "loans%3Aread", "loans:write:admin", ["loans:read\x00"]),
)
BAD: tuple[Any, ...] = (None, 0, 1.5, True, {}, {"scope": "admin"}, [None], [["admin"]], [1])
CLAIMS: tuple[dict[str, Any], ...] = (
    {"scp": " ".join(ALL)},
    {"scopes": list(ALL)},
    {"permissions": list(ALL), "role": "admin", "admin": True},
    {"aud": None, "iat": 1_000_000_000},
)
ROUTES = (
    ("GET", "/me"),
    ("GET", "/loans"),
    ("POST", "/loans"),
    ("DELETE", ""),
    ("GET", "/reports"),
)
DRAFTS: tuple[Any, ...] = ({"instrument": "Oboe"}, {"instrument": ""}, {}, {"instrument": " é 🎻"})
JUNK = ("", "null", "a.b.c", "x" * 3000, "é.è.ü", "e30.e30.e30")
SCHEMES = ("bearer", "BEARER", "Basic", "Token")


def make(scope: Any, **claims: Any) -> str:
    """Make a token with this claim, without one for `...`."""
    claims = {"sub": "Zoe\u0308 \u212b", "exp": 4102444800} | claims
    claims |= {} if scope is ... else {"scope": scope}
    parts = [
        base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode()
        for each in ({"alg": "HS256"}, claims)
    ]
    digest = hmac.digest(KEY.encode(), ".".join(parts).encode(), hashlib.sha256)
    return ".".join([*parts, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()])


def ask(draw: Draw, route: tuple[str, str], token: str, scheme: str = "Bearer") -> Request:
    """Ask a route with a token."""
    method, path = route
    headers = {"Authorization": f"{scheme} {token}".rstrip()}
    body = draw.deal(DRAFTS) if method == "POST" else ...
    return request(method, path or f"/loans/{draw.randint(1, 4)}", headers=headers, body=body)


def visit(draw: Draw) -> list[Step]:
    """Come with each claim, to a route that it could open and to others, and with no token."""
    steps: list[Step] = []
    for scope in SCOPES:
        steps.append(ask(draw, draw.deal(ROUTES), make(scope)))
    steps += [ask(draw, ("GET", "/loans"), make(scope)) for scope in CLOSE]
    steps += [ask(draw, draw.deal(ROUTES), make(scope)) for scope in BAD]
    steps += [ask(draw, ("GET", "/reports"), make(..., **each)) for each in CLAIMS]
    steps += [ask(draw, ("GET", "/me"), each) for each in JUNK]
    steps += [ask(draw, ("GET", "/loans"), make("loans:read"), each) for each in SCHEMES]
    steps += [ask(draw, route, make(" ".join(ALL))) for route in ROUTES]
    steps.append(request("GET", "/loans", query={"token": make("loans:read")}))
    return [*draw.sample(steps, len(steps)), ask(draw, ("GET", "/loans"), make("loans:read"))]


def same_scopes(expected: Any, seen: Any) -> bool:
    """Compare the scopes that two headers name; all else in them is open."""
    found = [re.findall(r'scope="([^"]*)"', str(each)) for each in (expected, seen)]
    one, other = (sorted(each[0].split()) if each else None for each in found)
    return one == other and str(seen).startswith("Bearer")


traffic = Traffic(
    scenes=(visit,),
    freedoms=(
        Freedom("Its body is up to you", "body", status=403),
        Freedom("Its body is up to you", "headers.content-type", status=403),
        Freedom(
            "What else stands in that header is up to you",
            "headers.www-authenticate",
            same_scopes,
            403,
        ),
    ),
    headers=("www-authenticate",),
    requests=50,
)
