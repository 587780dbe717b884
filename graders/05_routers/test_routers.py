"""Grader of 05_routers: which route answers, who is let in, and whether the audit tells the truth.

Names of reports are drawn, so that no route of one can have been there when the app started.
"""

from typing import Any

import httpx

from dojo.grader import (
    Host,
    Log,
    Matcher,
    Oracle,
    SeededInputs,
    criterion,
    expect,
    expect_events,
)

Headers = dict[str, str]
Route = tuple[str, str]
"""A method and a path."""

KEY = {"X-API-Key": "demo-key"}
NAMES = {1: "Asha Rao", 2: "Zoë Lind", 3: "Ben Okoro", 42: "आदित्य", 43: "Ana Cruz"}
MEMBERS = [{"id": number, "name": name} for number, name in NAMES.items()]
TABLE = (
    ("get", "/members", "members"),
    ("get", "/members/me", "members"),
    ("get", "/members/{member_id}", "members"),
    ("delete", "/admin/members/{member_id}", "admin"),
    ("post", "/admin/reports/{name}", "admin"),
    ("get", "/admin/audit", "admin"),
)
VERSIONS = ("/api/v1", "/api/v2")

has_run = Matcher(
    "the app changes or reads members or reports",
    lambda event: isinstance(event, Log) and event.logger == "kata.store",
)


def office(inputs: SeededInputs) -> list[Route]:
    """Give each route of the office, below a version."""
    return [
        ("GET", "/admin/audit"),
        ("POST", f"/admin/reports/{inputs.word()}"),
        ("DELETE", f"/admin/members/{inputs.choice(list(NAMES))}"),
    ]


async def expect_closed(client: httpx.AsyncClient, inputs: SeededInputs, *routes: Route) -> None:
    """Expect that routes refuse whoever has no key or another one."""
    wrong = inputs.word()
    for method, path in routes:
        for key, code in ((None, 401), ("", 401), (wrong, 403)):
            headers = {} if key is None else {"X-API-Key": key}
            answer = await client.request(method, path, headers=headers)

            expect(answer).status(code, because="This route needs the key of the office.")


async def publish(client: httpx.AsyncClient, version: str, name: str, internal: bool) -> None:
    """Publish a report by way of one version."""
    query = {"internal": "true"} if internal else {}
    path = f"{version}/admin/reports/{name}"
    published = await client.post(path, params=query, headers=KEY)

    expect(published).status(201).json({"published": name})


@criterion(task=1)
async def test_me_has_its_own_route(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """`/members/me` is the member who asks. Any other text is a 422."""
    one, other = inputs.sample(list(NAMES), 2)
    mine = await client.get("/api/v1/members/me", headers={"X-Member": str(one)})

    expect(mine).status(200).json({"id": one, "name": NAMES[one]})
    found = await client.get(f"/api/v1/members/{other}", headers={"X-Member": str(one)})
    expect(found).status(200).json({"id": other, "name": NAMES[other]})
    for text in ("ME", inputs.word()):
        refused = await client.get(f"/api/v1/members/{text}", headers={"X-Member": str(one)})

        expect(refused).invalid_at("path", "member_id", because=f"'{text}' is not a number.")


@criterion(task=1)
async def test_no_answer_is_redirect(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """The list answers with and without a `/` at its end. Other paths with `/` are a 404."""
    for path in ("/api/v1/members", "/api/v1/members/"):
        expect(await client.get(path)).status(200).json(MEMBERS)

    member = inputs.choice(list(NAMES))
    for path in (f"/api/v1/members/{member}/", "/api/v1/admin/audit/", "/docs/"):
        answer = await client.get(path, headers=KEY)

        expect(answer).status(404, because="A path with a '/' at its end is another path.")


@criterion(task=2)
async def test_admin_routes_ask_for_key(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """Each route of the office needs the key, also for a wrong request. Others need none."""
    routes = [(method, f"/api/v1{path}") for method, path in office(inputs)]
    await expect_closed(
        client,
        inputs,
        *routes,
        ("DELETE", f"/api/v1/admin/members/{inputs.word()}"),
        ("POST", f"/api/v1/admin/reports/{inputs.number()}?internal={inputs.word()}"),
    )

    for (method, path), code in zip(routes, (200, 201, 204), strict=True):
        expect(await client.request(method, path, headers=KEY)).status(code)
    await expect_closed(client, inputs, *routes)  # also what would be a 404 or 409 by now
    answer = await client.get("/api/v1/members", headers={"X-API-Key": inputs.word()})
    expect(answer).status(200, because="This route ignores the key.")


@criterion(task=2)
async def test_refused_request_does_nothing(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """Without the right key nothing is read, removed or published."""
    member = str(inputs.choice(list(NAMES)))
    routes = office(inputs)
    members = [("GET", "/members"), ("GET", "/members/me"), ("GET", f"/members/{member}")]
    for version, more in zip(VERSIONS, ([], members), strict=True):
        for method, path in [*routes, *more]:
            for headers in ({}, {"X-API-Key": inputs.word()}):
                sent = {"X-Member": member, **headers}
                await client.request(method, f"{version}{path}", headers=sent)
                expect_events(host).never(
                    has_run, because=f"{method} {version}{path} is refused: the key is not right."
                )

    nothing = "The earlier requests without the key must change nothing."
    _, (_, report), (_, removed) = routes
    published = await client.post(f"/api/v1{report}", headers=KEY)
    name = report.rpartition("/")[2]
    expect(published).status(201, because=nothing).json({"published": name})
    deleted = await client.delete(f"/api/v1{removed}", headers=KEY)
    expect(deleted).status(204, because=nothing)


@criterion(task=3)
async def test_second_version_asks_for_key(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """`/api/v2` needs the key and answers like `/api/v1`. Each report is in both at once."""
    member = inputs.choice(list(NAMES))
    plain, internal = inputs.word(), inputs.word()
    await publish(client, "/api/v1", plain, internal=False)
    await publish(client, "/api/v2", internal, internal=True)
    reports = [
        (f"/reports/{name}", {"name": name, "internal": closed, "members": len(NAMES)})
        for name, closed in ((plain, False), (internal, True))
    ]
    read = [
        ("/members", MEMBERS),
        ("/members/me", {"id": member, "name": NAMES[member]}),
        (f"/members/{member}", {"id": member, "name": NAMES[member]}),
        *reports,
    ]
    for path, body in read:
        for version in VERSIONS:
            headers = KEY | {"X-Member": str(member)}
            answer = await client.get(f"{version}{path}", headers=headers)

            expect(answer).status(200).json(body)

    closed = [("GET", f"/api/v2{path}") for path, _ in read] + [
        (method, f"/api/v2{path}") for method, path in office(inputs)
    ]
    await expect_closed(
        client,
        inputs,
        *closed,
        ("GET", f"/api/v1/reports/{internal}"),
        ("HEAD", f"/api/v2/reports/{plain}"),
    )
    answer = await client.get(f"/api/v1/reports/{plain}")
    expect(answer).status(200, because="This report is not internal: version 1 shows it to all.")


@criterion(task=3)
async def test_document_has_each_route_once(client: httpx.AsyncClient) -> None:
    """`/openapi.json` has each route of the table in each version, with one tag and its own id."""
    answer = await client.get("/openapi.json")

    expect(answer).status(200)
    paths = as_map(expect(answer).read_json("paths"))
    wanted = {(f"{version}{path}", method) for version in VERSIONS for method, path, _ in TABLE}
    found = {(path, method) for path in paths for method in as_map(paths[path])}
    for path, method in sorted(wanted ^ found):
        route = f"{method.upper()} {path}"
        if (path, method) in wanted:
            raise expect(answer).fails(f"{route} in the document", "it is not there")
        raise expect(answer).fails("no other path than those of the table", f"{route} is there")
    ids: dict[str, str] = {}
    for version in VERSIONS:
        for method, path, tag in TABLE:
            route = f"{method.upper()} {version}{path}"
            operation = as_map(paths[f"{version}{path}"][method])
            tags = operation.get("tags", [])
            if tags != [tag]:
                raise expect(answer).fails(f"'{tag}' as the only tag of {route}", f"{tags}")
            name = str(operation.get("operationId"))
            if name in ids:
                seen = f"{ids[name]} and {route} are both '{name}'"
                raise expect(answer).fails("an 'operationId' for each route", seen)
            ids[name] = route
            if method != "delete" and not describes_body(operation):
                raise expect(answer).fails(f"the body of {route} described", "no schema")


def describes_body(operation: dict[str, Any]) -> bool:
    """Tell whether the document says anything of the body that an operation answers with."""
    answers = as_map(operation.get("responses"))
    contents = [as_map(as_map(answers[code]).get("content")) for code in answers if code[:1] == "2"]
    return any(as_map(each.get("application/json")).get("schema") for each in contents)


@criterion(task=4)
async def test_audit_tells_truth(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """The audit lists every route, sorted, and says whether the route needs the key."""
    reports: dict[str, bool] = {}
    for version in VERSIONS:
        expect_audit(await client.get(f"{version}/admin/audit", headers=KEY), reports)
        for internal in inputs.sample((True, False), 2):
            name = inputs.word()
            await publish(client, version, name, internal)
            reports[name] = internal

    expect_audit(await client.get("/api/v1/admin/audit", headers=KEY), reports)


def expect_audit(answer: httpx.Response, reports: dict[str, bool]) -> None:
    """Expect the routes of the table and of these reports, and that some of them are guarded."""
    expect(answer).status(200)
    entries = [as_map(each) for each in as_list(expect(answer).read_json())]
    found = [
        (str(each.get("path")), str(each.get("method")), each.get("guarded")) for each in entries
    ]
    found = [each for each in found if not each[0].endswith("/members/")]
    routes = [(path, method.upper(), path.startswith("/admin")) for method, path, _ in TABLE]
    routes += [
        (f"/reports/{name}", method, closed)
        for name, closed in reports.items()
        for method in ("GET", "HEAD")
    ]
    wanted = {
        (f"{version}{path}", method): closed or version == "/api/v2"
        for version in VERSIONS
        for path, method, closed in routes
    }
    expect_listed(answer, list(wanted), [(path, method) for path, method, _ in found])
    for path, method, guarded in found:
        if guarded is not wanted[path, method]:
            asks = "asks" if wanted[path, method] else "does not ask"
            raise expect(answer).fails(
                f"{method} {path} with 'guarded' {str(wanted[path, method]).lower()}",
                f"'guarded' is {str(guarded).lower()}",
                because=f"This route {asks} for the key.",
            )


def expect_listed(answer: httpx.Response, wanted: list[Route], found: list[Route]) -> None:
    """Expect these paths and methods, each once, in the order of the paths."""
    for path, method in sorted(set(wanted) ^ set(found)):
        if (path, method) in wanted:
            raise expect(answer).fails(f"an entry for {method} {path}", "there is none")
        raise expect(answer).fails(
            "entries for the routes of the API alone", f"an entry for {method} {path}"
        )
    for path, method in found:
        if found.count((path, method)) > 1:
            raise expect(answer).fails(f"one entry for {method} {path}", "there are several")
    for (seen, _), (right, _) in zip(found, sorted(wanted), strict=True):
        if seen != right:
            raise expect(answer).fails(f"entries sorted by path: here {right}", f"{seen}")


@criterion(task=3)
async def test_any_answer_is_right(oracle: Oracle) -> None:
    """Both versions give the right answer to any request of any member."""
    await oracle.compare()


def as_map(value: Any) -> dict[str, Any]:
    """Give an object as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Give a list as it is, and an empty one for anything else."""
    return value if isinstance(value, list) else []
