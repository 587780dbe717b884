"""Grader of 07_crud_status_codes: what the status of each outcome says, and whether it is true.

The store numbers parts 0, 1, 2, …, so a criterion knows the ids of what it has posted. What it
posts to prepare something is not looked at: one criterion tells how a creation is answered.
"""

from typing import Any
from urllib.parse import urljoin

import httpx

from dojo.grader import BASE_URL, Oracle, SeededInputs, criterion, exchange_of, expect

Body = dict[str, Any]

FIELDS = {"id", "sku", "name", "stock", "shelf"}
MOST_REFERENCES = 20
DOCUMENTED = (
    ("get", "/parts", {"200"}),
    ("post", "/parts", {"201", "409"}),
    ("get", "/parts/{…}", {"200", "404"}),
    ("put", "/parts/{…}", {"200", "404", "409"}),
    ("delete", "/parts/{…}", {"204", "404"}),
)
UNSERVED = (("PATCH", "/parts/0"), ("POST", "/parts/0"), ("PUT", "/parts"), ("DELETE", "/parts"))


def draft(inputs: SeededInputs, **changes: Any) -> Body:
    """Draw the body of a part with no default in it; `changes` replace or, with `...`, remove."""
    whole = {
        "sku": f"{inputs.word().upper()}-{inputs.number()}",
        "name": inputs.name(),
        "stock": inputs.number(),
        "shelf": inputs.word(2),
    } | changes
    return {key: value for key, value in whole.items() if value is not ...}


def part(part_id: int, sent: Body) -> Body:
    """Give the part that is stored for a body."""
    return {"stock": 0, "shelf": None} | sent | {"id": part_id}


def missing(part_id: int) -> Body:
    """Give the body of a 404."""
    return {"detail": f"Part {part_id} does not exist."}


def taken(owner: int) -> Body:
    """Give the body of a 409."""
    return {"detail": f"Part {owner} has this SKU."}


async def prepare(client: httpx.AsyncClient, inputs: SeededInputs, count: int = 1) -> list[Body]:
    """Create parts, whose ids are 0, 1, …; give their bodies."""
    drafts = [draft(inputs) for _ in range(count)]
    for each in drafts:
        await client.post("/parts", json=each)
    return drafts


def read_location(created: httpx.Response) -> str:
    """Give the URL to which the `Location` of an answer leads; `Failure` if it leads elsewhere."""
    location: str | None = created.headers.get("location")
    expected = "a header 'Location' with a path or a URL of this API"
    if location is None:
        raise expect(created).fails(expected, "no header 'location'")
    try:
        url = urljoin(f"{BASE_URL}/parts", location)
    except ValueError:
        url = ""
    if not url.startswith(f"{BASE_URL}/"):
        raise expect(created).fails(expected, f"header 'location: {location}'")
    return url


@criterion(task=1)
async def test_created_part_is_at_location(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """Creating a part answers 201, and `GET` finds the part at `Location`."""
    for part_id, sent in enumerate((draft(inputs, stock=..., shelf=...), draft(inputs))):
        created = await client.post("/parts", json=sent)

        expect(created).status(201).json(part(part_id, sent))
        found = await client.get(read_location(created))
        expect(found).status(200, because="The header 'Location' names this path.")
        expect(found).json(part(part_id, sent), because="The header 'Location' names this path.")


@criterion(task=1)
async def test_taken_sku_is_refused(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """Creating a part with the SKU of another part is a 409 and changes nothing."""
    drafts = await prepare(client, inputs, 11)
    for owner in (0, 10):
        sku = drafts[owner]["sku"]
        refused = await client.post("/parts", json=draft(inputs, sku=sku))

        expect(refused).status(409, because=f"Part {owner} has the SKU '{sku}'.")
        expect(refused).json(taken(owner))

    listed = await client.get("/parts")

    expect(listed).status(200).json([part(*pair) for pair in enumerate(drafts)])


@criterion(task=2)
async def test_missing_part_is_404(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """`GET`, `PUT` and `DELETE` of a missing part are a 404. Part 0 exists."""
    expect(await client.get("/parts")).status(200).json([])
    await expect_missing(client, inputs, 0)

    sent, _ = await prepare(client, inputs, 2)

    expect(await client.get("/parts/0")).status(200).json(part(0, sent))
    await expect_missing(client, inputs, -1)
    await expect_missing(client, inputs, inputs.number() * 10**24)


async def expect_missing(client: httpx.AsyncClient, inputs: SeededInputs, part_id: int) -> None:
    """Expect that nothing is found under an id."""
    for method, body in (("GET", None), ("PUT", draft(inputs)), ("DELETE", None)):
        answer = await client.request(method, f"/parts/{part_id}", json=body)

        expect(answer).status(404, because=f"No part has the id {part_id}.")
        expect(answer).json(missing(part_id))


@criterion(task=2)
async def test_other_methods_are_answered(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """`HEAD` has the status of `GET`. Any other method is a 405 with `Allow`."""
    await prepare(client, inputs)
    for path, code in (("/parts/0", 200), ("/parts/1", 404), ("/parts/rim", 422)):
        head = await client.head(path)

        expect(head).status(code, because="`HEAD` answers with the status of `GET`.")

    for method, path in UNSERVED:
        refused = await client.request(method, path, json=draft(inputs))

        expect(refused).status(405)
        allowed = {each.strip() for each in refused.headers.get("allow", "").split(",")}
        if method in allowed or allowed == {""}:
            raise expect(refused).fails(
                "a header 'Allow' with methods that this path serves",
                f"the header 'allow: {refused.headers['allow']}'"
                if "allow" in refused.headers
                else "no header 'allow'",
            )


@criterion(task=3)
async def test_put_replaces_whole_part(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """`PUT` replaces all but the id, refuses a used SKU, and frees the old SKU."""
    first, second = await prepare(client, inputs, 2)
    short = draft(inputs, sku=first["sku"], stock=..., shelf=...)
    unshelved = draft(inputs, sku=second["sku"], shelf=None)

    expect(await client.get("/parts/0")).status(200).json(part(0, first))
    for part_id, sent in ((0, short), (0, short), (1, unshelved)):
        replaced = await client.put(f"/parts/{part_id}", json=sent)
        expect(replaced).status(200).json(part(part_id, sent))
    expect(await client.get("/parts/0")).status(200).json(part(0, short))

    for part_id, owner, sku in ((0, 1, second["sku"]), (1, 0, short["sku"])):
        refused = await client.put(f"/parts/{part_id}", json=draft(inputs, sku=sku))
        expect(refused).status(409, because=f"Part {owner} has the SKU '{sku}'.")
        expect(refused).json(taken(owner))
    expect(await client.get("/parts/0")).status(200).json(part(0, short))

    renamed = draft(inputs)
    expect(await client.put("/parts/0", json=renamed)).status(200).json(part(0, renamed))
    await expect_free(client, 2, first)


async def expect_free(client: httpx.AsyncClient, part_id: int, sent: Body) -> None:
    """Expect that a SKU that was in use can be given to a new part."""
    answer = await client.post("/parts", json=sent)
    free = f"The SKU '{sent['sku']}' is free again."
    if answer.status_code == 409:
        raise expect(answer).fails("a part that is created", "status 409 Conflict", free)
    found = await client.get(f"/parts/{part_id}")
    expect(found).status(200, because=free).json(part(part_id, sent))


@criterion(task=3)
async def test_deleted_part_is_gone(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """`DELETE` answers 204 without a body, removes the part and frees its SKU."""
    sent, kept = await prepare(client, inputs, 2)

    expect(await client.get("/parts/0")).status(200).json(part(0, sent))
    deleted = await client.delete("/parts/0")

    expect(deleted).status(204)
    raised = exchange_of(deleted).raised
    if deleted.content or raised is not None:
        seen = f"{raised}" if raised else f"the body {deleted.text}"
        raise expect(deleted).fails("a 204 after which no body is sent", seen)
    expect(await client.get("/parts/0")).status(404, because="Part 0 was deleted.")
    again = await client.delete("/parts/0")
    expect(again).status(404, because="Part 0 was deleted before.")
    expect(await client.get("/parts/1")).status(200).json(part(1, kept))
    await expect_free(client, 2, sent)


@criterion(task=4)
async def test_document_lists_outcomes(client: httpx.AsyncClient) -> None:
    """`/openapi.json` lists the success, the 404 and the 409 of each route with their bodies."""
    answer = await client.get("/openapi.json")

    expect(answer).status(200)
    document = as_map(expect(answer).read_json())
    paths = as_map(document.get("paths"))
    items = {"/parts/{…}" if key.startswith("/parts/{") else key: paths[key] for key in paths}
    for method, path, codes in DOCUMENTED:
        operation = as_map(as_map(items.get(path)).get(method))
        responses = as_map(operation.get("responses"))
        found = {each for each in responses if each.startswith(("2", "404", "409"))}
        if found != codes:
            raise expect(answer).fails(
                f"{method.upper()} {path} documented with {show(codes)}",
                f"of 2xx, 404 and 409 it is documented with {show(found)}",
            )
        for code in sorted(codes - {"204"}):
            fields = FIELDS if code.startswith("2") else {"detail"}
            found = read_fields(document, responses[code])
            if found != fields:
                raise expect(answer).fails(
                    f"the body of {code} of {method.upper()} {path} described with {show(fields)}",
                    f"described are {show(found)}",
                )


def read_fields(document: Body, response: Any) -> set[str]:
    """Give the properties of a documented body, or of what it lists; `detail` is a text."""
    content = as_map(as_map(response).get("content"))
    schema = follow(document, as_map(content.get("application/json")).get("schema"))
    if schema.get("type") == "array":
        schema = follow(document, schema.get("items"))
    properties = as_map(schema.get("properties"))
    detail = follow(document, properties.get("detail"))
    return {each for each in properties if each != "detail" or detail.get("type") == "string"}


def follow(document: Body, value: Any) -> Body:
    """Give the schema that a reference names, and an empty one if it names none."""
    for _ in range(MOST_REFERENCES):
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


def show(codes: set[str]) -> str:
    """Write status codes as a list."""
    return ", ".join(sorted(codes)) or "none"


@criterion(task=3)
async def test_any_answer_is_honest(oracle: Oracle) -> None:
    """The parts give the right answer to any requests, in any order."""
    await oracle.compare()
