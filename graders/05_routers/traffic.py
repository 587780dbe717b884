"""Traffic of 05_routers: routes of both versions with all sorts of keys, and reports that are new.

Not sent is a request without the right key to what does not exist: its answer is left open. Nor is
a number that is written in an unusual way, which is FastAPI's business.
"""

import itertools
from typing import Any

from dojo.grader import Draw, Freedom, Request, Traffic, request, same_json

RIGHT = {"X-API-Key": "demo-key"}
WRONG: tuple[dict[str, str], ...] = (
    {},
    {"X-API-Key": ""},
    {"X-API-Key": "Demo-Key"},
    {"X-API-Key": "demo-ke"},
    {"X-API-Key": "demo-key1"},
    {"X-API-Key": "demo-key,demo-key"},
    {"X-API-Key": "d\u00e9mo"},
    {"Authorization": "Bearer demo-key"},
)
IGNORED: tuple[dict[str, str], ...] = ({}, {"X-API-Key": "demo-ke"})
CLOSED = (
    ("DELETE", "v1/admin/members/2"),
    ("DELETE", "v2/admin/members/me"),
    ("POST", "v1/admin/reports/May"),
    ("POST", "v2/admin/reports/closed"),
    ("GET", "v1/admin/audit"),
    ("GET", "v2/members/"),
    ("GET", "v2/members/abc"),
    ("GET", "v2/members/me"),
)
CALLERS: tuple[dict[str, str], ...] = (
    {"X-Member": "42"},
    {"X-Member": "7"},
    {"X-Member": "me"},
    {},
)
VERSIONS = ("v1", "v2")
METHODS = ("GET", "HEAD")
PATHS = (
    "members/",
    "members/42",
    "members/8",
    "members/-1",
    "members/abc",
    "members/Me",
    "members/me%20",
    "members/%6De",
)
NOT_THERE = (
    "",
    "api/{}",
    "api/{}/reports/",
    "api/{}/members/me/",
    "api/{}/members//",
    "api/{}/members%2Fme%2F",
    "api/{}/admin/audit/",
    "api/{}/Members",
    "members/me",
    "openapi.json/",
)
UNSERVED = (("HEAD", "members"), ("GET", "admin/reports/x"))
REMOVED = ("1", "43", "7", "abc")
REFUSED = ("May", "x" * 41)
INTERNAL: tuple[dict[str, str], ...] = ({}, {"internal": "true"})


def look(draw: Draw) -> list[Request]:
    """Look at members and at oneself; version 1 is not interested in keys."""
    paths = [draw.deal(PATHS) for _ in range(4)]
    return [
        *(request("GET", f"/api/v1/{path}", headers=draw.deal(IGNORED)) for path in paths),
        request("GET", "/api/v1/members/me", headers=draw.deal(IGNORED) | draw.deal(CALLERS)),
        *(request("GET", f"/api/v2/{path}", headers=RIGHT) for path in paths),
        request("GET", "/api/v2/members/me", headers=RIGHT | draw.deal(CALLERS)),
    ]


def knock(draw: Draw) -> list[Request]:
    """Ask without the right key for what is closed; a query is no place for a key."""
    closed = [draw.deal(CLOSED) for _ in range(4)]
    return [
        request(method, f"/api/{path}", query={"api_key": "demo-key"}, headers=draw.deal(WRONG))
        for method, path in closed
    ]


def report(draw: Draw) -> list[Request]:
    """Publish a report twice, read it in both versions, and look at the audit."""
    name, query, path = draw.word(), draw.deal(INTERNAL), f"/api/{draw.deal(VERSIONS)}"
    return [
        request("POST", f"{path}/admin/reports/{name}", query=query, headers=RIGHT),
        request("POST", f"{path}/admin/reports/{name}", headers=RIGHT),
        request("POST", f"{path}/admin/reports/{draw.deal(REFUSED)}", headers=RIGHT),
        request("POST", f"{path}/admin/reports/{draw.word()}?internal=perhaps", headers=RIGHT),
        request(draw.deal(METHODS), f"/api/v1/reports/{name}", headers={"X-API-Key": draw.word()}),
        request("GET", f"/api/v1/reports/{name}/", headers=RIGHT),
        request("GET", f"/api/v2/reports/{name}", headers=RIGHT),
        request("GET", f"{path}/admin/audit", headers=RIGHT),
    ]


def remove(draw: Draw) -> list[Request]:
    """Remove a member and look at those who are left."""
    path = f"/api/{draw.deal(VERSIONS)}"
    return [
        request("DELETE", f"{path}/admin/members/{draw.deal(REMOVED)}", headers=RIGHT),
        request("GET", f"{path}/members", headers=RIGHT),
    ]


def miss(draw: Draw) -> list[Request]:
    """Ask for paths and for a method that do not exist."""
    method, path = draw.deal(UNSERVED)
    paths = [draw.deal(NOT_THERE).format(draw.deal(VERSIONS)) for _ in range(5)]
    return [
        *(request("GET", f"/{each}", headers=RIGHT) for each in paths),
        request(method, f"/api/{draw.deal(VERSIONS)}/{path}", headers=RIGHT),
    ]


def same_entries(expected: Any, seen: Any) -> bool:
    """Compare bodies; of an audit what must be there, methods of one path in any order."""
    return same_json(arrange(expected), arrange(seen))


def arrange(body: Any) -> Any:
    """Leave out the entries for `/members/`, and sort neighbours that have the same path."""
    if not isinstance(body, list) or not all(isinstance(each, dict) for each in body):
        return body
    entries = [each for each in body if not str(each.get("path")).endswith("/members/")]
    by_path = itertools.groupby(entries, lambda each: each.get("path"))
    return [each for _, group in by_path for each in sorted(group, key=str)]


traffic = Traffic(
    scenes=(look, knock, report, remove, remove, miss),
    freedoms=(Freedom("may be listed or not", "body", same_entries, status=200),),
    headers=("location",),
    requests=66,
)
