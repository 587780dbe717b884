"""Grader of 04_params: what path and query let in, seen in `asked`, and what the document says."""

from typing import Any

import httpx

from dojo.grader import Oracle, SeededInputs, criterion, expect

HIGHEST_NUMBER = 2_147_483_647
NOT_CORRECTED = "A value that does not fit is refused, never corrected."
DEEPEST, MOST_PARTS = 4, 4
READ, SEARCH = "/orders/{order_id}", "/search"
IN_PATH, IN_QUERY = {"in": "path", "required": True}, {"in": "query", "required": False}
TEXT = {"type": "string", "minLength": 1, "maxLength": 50}
ENUM = {"enum": ["largest", "newest", "oldest"]}
DOCUMENTED: dict[tuple[str, str], dict[str, Any]] = {
    (READ, "order_id"): IN_PATH | {"type": "integer", "minimum": 1, "maximum": HIGHEST_NUMBER},
    (SEARCH, "q"): IN_QUERY | {"required": True} | TEXT,
    (SEARCH, "limit"): IN_QUERY | {"type": "integer", "minimum": 1, "maximum": 100, "default": 10},
    (SEARCH, "offset"): IN_QUERY | {"type": "integer", "minimum": 0, "maximum": None, "default": 0},
    (SEARCH, "tag"): IN_QUERY | {"type": "array", "items": "string"},
    (SEARCH, "sort"): IN_QUERY | ENUM | {"default": "newest"},
    (SEARCH, "include_lines"): IN_QUERY | {"type": "boolean", "default": False},
}


async def search(client: httpx.AsyncClient, **query: Any) -> httpx.Response:
    """Send a search; a value may be a list, and `q` is `tea` unless it is given."""
    return await client.get(SEARCH, params={"q": "tea", **query})


async def expect_asked(client: httpx.AsyncClient, name: str, sent: Any, arrived: Any) -> None:
    """Expect that a value is taken, and what of it arrives in the search."""
    answer = await search(client, **{name: sent})
    expect(answer).status(200).json_at("asked", name, equals=arrived)


async def expect_refused(client: httpx.AsyncClient, name: str, sent: Any) -> None:
    """Expect that a value is refused, with FastAPI's error that names the parameter."""
    refused = await search(client, **{name: sent})
    expect(refused).invalid_at("query", name, because=NOT_CORRECTED)
    expect_usual_form(refused)


def expect_usual_form(refused: httpx.Response) -> None:
    """Expect the texts that each error of FastAPI has."""
    for key in ("type", "msg"):
        if not isinstance(expect(refused).read_json("detail", 0, key), str):
            raise expect(refused).fails(f"a text under '{key}' in each error", refused.text)


@criterion(task=1)
async def test_order_number_is_bounded(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """An order number is a whole number from 1 to 2147483647. Anything else is a 422."""
    known = inputs.randint(1, 6)
    for number in (1, known):
        found = await client.get(f"/orders/{number}")
        expect(found).status(200).json_at("id", equals=number)
    for number in (inputs.number(), HIGHEST_NUMBER):
        missing = await client.get(f"/orders/{number}")
        expect(missing).status(404, because="A number without an order stays a 404.")
        expect(missing).json({"detail": f"Order {number} does not exist."})
    for wrong in (0, -inputs.randint(1, 99), inputs.word(), "1.5", HIGHEST_NUMBER + 1, "9" * 30):
        refused = await client.get(f"/orders/{wrong}")
        expect(refused).invalid_at("path", "order_id")
        expect_usual_form(refused)


@criterion(task=2)
async def test_text_is_trimmed_first(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """`q` is required. Without the spaces at its ends it has 1 to 50 characters."""
    word = inputs.word()
    for sent, arrived in (
        (f"  {word} \t", word),
        (f"{word}  {word}", f"{word}  {word}"),
        (f"{'':30}{'x' * 50}{'':30}", "x" * 50),
        ("é", "é"),
    ):
        await expect_asked(client, "q", sent, arrived)
    for wrong in ("", " ", " \t\n ", "x" * 51, f" {'x' * 51} "):
        await expect_refused(client, "q", wrong)
    missing = await client.get(SEARCH, params={"limit": 5})
    expect(missing).invalid_at("query", "q")


@criterion(task=2)
async def test_page_stays_in_bounds(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """`limit` is 1 to 100, by default 10. `offset` is 0 or more, by default 0."""
    plain = await search(client)
    expect(plain).status(200).json_at("asked", "limit", equals=10)
    expect(plain).json_at("asked", "offset", equals=0)
    for limit in (1, inputs.randint(2, 99), 100):
        await expect_asked(client, "limit", limit, limit)
    for offset in (0, inputs.number()):
        await expect_asked(client, "offset", offset, offset)
    for wrong in (0, 101, -inputs.randint(1, 99), inputs.word(), "2.5", ""):
        await expect_refused(client, "limit", wrong)
    for wrong in (-1, inputs.word(), "0.5", ""):
        await expect_refused(client, "offset", wrong)


@criterion(task=3)
async def test_tags_arrive_as_list(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """All `tag` values arrive as a list, in their order. Without tags the list is empty."""
    plain = await search(client)
    expect(plain).status(200).json_at("asked", "tag", equals=[])
    first, second = f"z{inputs.word()}", f"a{inputs.word()}"
    for tags in ([first], [first, second], [f" {first}, {second} "]):
        await expect_asked(client, "tag", tags, tags)


@criterion(task=3)
async def test_choices_are_exact(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """`sort` takes three values, `include_lines` takes a truth value, and both have defaults."""
    plain = await search(client)
    expect(plain).status(200).json_at("asked", "sort", equals="newest")
    expect(plain).json_at("asked", "include_lines", equals=False)
    for sort in ("newest", "oldest", "largest"):
        await expect_asked(client, "sort", sort, sort)
    for sent, arrived in (("true", True), ("false", False)):
        await expect_asked(client, "include_lines", sent, arrived)
    for wrong in (inputs.word(), "Newest", ""):
        await expect_refused(client, "sort", wrong)
    for wrong in ("maybe", inputs.word(), ""):
        await expect_refused(client, "include_lines", wrong)


@criterion(task=4)
async def test_other_names_are_refused(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """A parameter with any other name is refused with 422, and `loc` names it."""
    for name, value in (
        ("limt", 5),
        ("Sort", "oldest"),
        ("tags", "gift"),
        (inputs.word(), inputs.word()),
    ):
        refused = await search(client, **{name: value})
        expect(refused).invalid_at("query", name, because="Every other name is refused.")
        expect_usual_form(refused)
    known = {"limit": 1, "offset": 1, "tag": "gift", "sort": "oldest", "include_lines": "true"}
    expect(await search(client, **known)).status(200)


@criterion(task=4)
async def test_openapi_describes_parameters(client: httpx.AsyncClient) -> None:
    """`/openapi.json` gives each parameter its place, type, bounds or values, and default."""
    answer = await client.get("/openapi.json")
    expect(answer).status(200)
    document = expect(answer).read_json()
    described = {
        (path, str(parameter.get("name"))): read_facts(document, parameter)
        for path in (READ, SEARCH)
        for parameter in list_parameters(document, path)
        if parameter.get("in") in ("path", "query")
    }
    for (path, name), facts in DOCUMENTED.items():
        found = described.get((path, name))
        if found is None:
            raise expect(answer).fails(f"a parameter '{name}' of GET {path}", "no such parameter")
        seen = {key: found.get(key) for key in facts}
        if seen != facts:
            wrong = [key for key in facts if seen[key] != facts[key]]
            raise expect(answer).fails(
                f"'{name}' of GET {path} with {show({key: facts[key] for key in wrong})}",
                show({key: seen[key] for key in wrong}),
            )
    others = sorted(name for path, name in described if (path, name) not in DOCUMENTED)
    if others:
        raise expect(answer).fails(
            "no other parameters than these seven", f"described are {', '.join(others)}, too"
        )


@criterion(task=4)
async def test_any_answer_keeps_contract(oracle: Oracle) -> None:
    """The two routes give the right answer to any request."""
    await oracle.compare()


def show(facts: dict[str, Any]) -> str:
    """Write facts about a parameter in a sentence."""
    return ", ".join(
        f"no '{key}'" if value is None else f"'{key}' {value}" for key, value in facts.items()
    )


def list_parameters(document: Any, path: str) -> list[dict[str, Any]]:
    """List what a document says of the parameters of a GET; nothing where it says nothing."""
    found = document
    for key in ("paths", path, "get", "parameters"):
        found = found.get(key) if isinstance(found, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def read_facts(document: Any, parameter: dict[str, Any]) -> dict[str, Any]:
    """Read what a document says of one parameter, in whichever of several ways it says it."""
    schema = gather(document, parameter.get("schema"))
    for bound, step in (("minimum", 1), ("maximum", -1)):
        beyond = schema.get(f"exclusive{bound.capitalize()}")
        if isinstance(beyond, int | float) and bound not in schema:
            schema[bound] = beyond + step
    if isinstance(schema.get("enum"), list):
        schema["enum"] = sorted(map(str, schema["enum"]))
    schema["items"] = gather(document, schema.get("items")).get("type")
    return {**schema, "in": parameter.get("in"), "required": parameter.get("required", False)}


def gather(document: Any, schema: Any, depth: int = 0) -> dict[str, Any]:
    """Gather the keys of a schema, of what it refers to and of its alternatives but null."""
    if not isinstance(schema, dict) or schema.get("type") == "null" or depth > DEEPEST:
        return {}
    parts = [each for key in ("anyOf", "allOf", "oneOf") for each in as_list(schema.get(key))]
    gathered: dict[str, Any] = {}
    for part in [*parts[:MOST_PARTS], follow(document, schema.get("$ref"))]:
        gathered |= gather(document, part, depth + 1)
    return gathered | schema


def follow(document: Any, reference: Any) -> Any:
    """Give what a reference names, `None` if it names nothing."""
    if not isinstance(reference, str):
        return None
    for key in reference.removeprefix("#/").split("/"):
        document = document.get(key) if isinstance(document, dict) else None
    return document


def as_list(value: Any) -> list[Any]:
    """Give a list as it is, and an empty one for anything else."""
    return value if isinstance(value, list) else []
