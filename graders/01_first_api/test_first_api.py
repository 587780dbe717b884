"""Grader of 01_first_api: the contract, request by request."""

import random
import re
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from dojo.grader import Oracle, SeededInputs, criterion, expect

DIGITS = re.compile(r"\d+(\.\d+)?", re.ASCII)
KNOWN_PATH = re.compile(r"/health|/greet/\{[^/]*\}|/items")
MOST_REFERENCES = 20
USUAL_TYPES = {"name": {"string"}, "price": {"number", "string"}, "in_stock": {"boolean"}}
WORDS_OF_NAMES = ("आदित्य", "मीरा जोशी", "अनन्या")


def price(inputs: random.Random) -> float:
    """Draw whole cents, divided once: a sum of floats would ask for more than was promised."""
    return inputs.randint(1, 9_999_999) / 100


def item(inputs: SeededInputs, **changes: Any) -> dict[str, Any]:
    """Draw a right item; `changes` replace or, with `...`, remove keys."""
    whole = {"name": inputs.name(), "price": price(inputs), "in_stock": True} | changes
    return {key: value for key, value in whole.items() if value is not ...}


@criterion(task=1)
async def test_health_answers_exactly_ok(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """`GET /health` answers 200 with exactly `{"status": "ok"}`. No other path exists."""
    health = await client.get("/health")

    expect(health).status(200).json({"status": "ok"})
    for path in ("/", f"/{inputs.word(4)}", "/greet", f"/greet/{inputs.name()}/{inputs.word()}"):
        unknown = await client.get(path)
        expect(unknown).status(404, because="A path that is not in the contract answers 404.")
    slashed = await client.get("/health/")
    if slashed.status_code != 404 and not slashed.is_redirect:
        raise expect(slashed).fails("404, or a redirect", f"status {slashed.status_code}")
    for method, path in (("POST", "/health"), ("GET", "/items"), ("POST", "/greet/Asha")):
        other = await client.request(method, path)
        expect(other).status(405, because="A method that is not in the contract answers 405.")
    answer = await client.get("/openapi.json")
    paths = find_map(None, expect(answer).read_json(), "paths")
    if strange := sorted(path for path in paths if not KNOWN_PATH.fullmatch(path)):
        raise expect(answer).fails("only the paths of the contract", ", ".join(strange))


@criterion(task=1)
async def test_openapi_carries_title_version(client: httpx.AsyncClient) -> None:
    """`/openapi.json` has the title `Corner Shop API` and the version `2.1.0`."""
    document = await client.get("/openapi.json")

    expect(document).status(200)
    expect(document).json_at("info", "title", equals="Corner Shop API")
    expect(document).json_at("info", "version", equals="2.1.0")


@criterion(task=2)
async def test_greeting_uses_title_or_mr(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """`GET /greet/{name}` uses the title in the query, or `Mr` without a title."""
    name = inputs.name()
    for title in ("Smt.", "श्री", inputs.word()):
        titled = await client.get(f"/greet/{name}", params={"title": title})

        expect(titled).status(200).json({"message": f"Hello, {title} {name}"})

    untitled = await client.get(f"/greet/{name}")

    expect(untitled).status(200).json({"message": f"Hello, Mr {name}"})


@criterion(task=2)
async def test_greeting_keeps_any_name(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """A name with spaces, an apostrophe, an `&` or Devanagari letters comes back unchanged."""
    word = inputs.word(4)
    for name in (
        word,
        word.capitalize(),
        f"{inputs.word()} de {inputs.name()}",
        f"O'{inputs.name()}",
        inputs.choice(WORDS_OF_NAMES),
        f"Ž{inputs.word()}",
        f"{inputs.name()} & <{inputs.name()}>",
        f" {inputs.name()}  {inputs.name()} ",
    ):
        greeting = await client.get(f"/greet/{name}", params={"title": "Dr"})

        expect(greeting).status(200).json({"message": f"Hello, Dr {name}"})


@criterion(task=3)
async def test_created_item_comes_back(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """`POST /items` answers 201 with the item itself. By default it is in stock."""
    twice = item(inputs, name=f" मसाला चाय & {inputs.word()} ", price=0.29)
    for sent in (
        item(inputs, price=100 * inputs.randint(1, 99), in_stock=False),
        item(inputs, in_stock=...),  # the answer before must not show in this one
        item(inputs, price=0),
        item(inputs, price=0.1),
        item(inputs, price=99999.99),
        twice,
        twice,
        twice | {"price": 0.3, "in_stock": False},
    ):
        await expect_created(client, sent)
    lax = await client.post("/items", json=item(inputs, in_stock=1))
    if lax.is_success:
        expect(lax).json_at("in_stock", equals=True)


async def expect_created(client: httpx.AsyncClient, sent: dict[str, Any]) -> None:
    """Expect an item to be answered with 201 and its own values."""
    created = await client.post("/items", json=sent)

    expect(created).status(201)
    reply = expect(created).read_json()
    if not isinstance(reply, dict) or set(reply) != {"name", "price", "in_stock"}:
        raise expect(created).fails("exactly the keys name, price and in_stock", created.text)
    expect(created).json_at("name", equals=sent["name"])
    expect(created).json_at("in_stock", equals=sent.get("in_stock", True))
    if read_amount(reply["price"]) != Decimal(str(sent["price"])):
        raise expect(created).fails(f"the price {sent['price']}", f"the price {reply['price']!r}")


def read_amount(value: Any) -> Decimal | None:
    """Read a price as a JSON string or number; `None` if it is neither, or not in digits."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, str) and not DIGITS.fullmatch(value):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return None if amount.is_nan() else amount


@criterion(task=3)
async def test_bad_item_names_culprit(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """An item that is not valid is refused with 422, and `loc` names the wrong field."""
    for field, changed in (
        ("name", item(inputs, name=...)),
        ("name", item(inputs, name=None)),
        ("name", item(inputs, name=inputs.number())),
        ("price", item(inputs, price=...)),
        ("price", item(inputs, price=inputs.word())),
        ("price", item(inputs, price="")),
        ("price", item(inputs, price=None)),
        ("in_stock", item(inputs, in_stock=None)),
        ("in_stock", item(inputs, in_stock=inputs.word())),
    ):
        refused = await client.post("/items", json=changed)
        expect(refused).invalid_at("body", field)
        expect_usual_form(refused)

    as_json = {"content-type": "application/json"}
    expect(await client.post("/items")).invalid_within("body")
    for content in (b"", b'{"name": '):
        refused = await client.post("/items", content=content, headers=as_json)
        expect(refused).invalid_within("body")
    expect(await client.post("/items", json=[item(inputs)])).invalid_within("body")


def expect_usual_form(refused: httpx.Response) -> None:
    """Expect that an error has the texts that FastAPI's own document promises for a 422."""
    for key in ("type", "msg"):
        if not isinstance(expect(refused).read_json("detail", 0, key), str):
            raise expect(refused).fails(f"a text under '{key}' in each error", refused.text)


@criterion(task=3)
async def test_price_is_finite_not_negative(
    client: httpx.AsyncClient, inputs: SeededInputs
) -> None:
    """A price below zero, `"nan"` and `"Infinity"` are refused with 422. Zero is allowed."""
    for wrong in (
        -0.01,
        -inputs.randint(1, 99),
        "nan",
        "NaN",
        "inf",
        "Infinity",
        "+Infinity",
    ):
        refused = await client.post("/items", json=item(inputs, price=wrong))

        expect(refused).invalid_at("body", "price")

    free = await client.post("/items", json=item(inputs, price=0))

    if not free.is_success:
        raise expect(free).fails(
            "a success status, because a price of zero is allowed", f"status {free.status_code}"
        )


@criterion(task=3)
async def test_openapi_documents_items(client: httpx.AsyncClient) -> None:
    """`/openapi.json` describes all fields of the body of `POST /items` and of its 201 reply."""
    answer = await client.get("/openapi.json")

    expect(answer).status(200)
    document = expect(answer).read_json()
    operation = find(document, document, "paths", "/items", "post")
    responses = find_map(document, operation, "responses")
    successes = sorted(code for code in responses if code.startswith("2"))
    if successes != ["201"]:
        raise expect(answer).fails(
            "201 as the only success status in the document for POST /items",
            f"documented are {', '.join(successes) or 'none'}",
        )
    for part, described in (
        ("the 201 reply", responses["201"]),
        ("the request body", find(document, operation, "requestBody")),
    ):
        schema = find(document, described, "content", "application/json", "schema")
        properties = find_map(document, schema, "properties")
        if set(properties) != {"name", "price", "in_stock"}:
            raise expect(answer).fails(
                f"{part} of POST /items described with just name, price and in_stock",
                f"described are {', '.join(sorted(properties)) or 'no properties'}",
            )
        for name, usual in USUAL_TYPES.items():
            if not usual & read_types(document, properties[name]):
                raise expect(answer).fails(
                    f"'{name}' described as {' or '.join(sorted(usual))} in {part} of POST /items",
                    "another type, or none",
                )


@criterion(task=3)
async def test_any_answer_keeps_contract(oracle: Oracle) -> None:
    """The three routes give the right answer to any requests, in any order."""
    await oracle.compare()


def read_types(document: Any, schema: Any) -> set[str]:
    """Give the types that a schema allows, those of its alternatives too."""
    types: set[str] = set()
    waiting = [schema]
    for _ in range(MOST_REFERENCES):
        found = follow(document, waiting.pop()) if waiting else None
        if isinstance(found, dict):
            named = found.get("type")
            named = named if isinstance(named, list) else [named]
            types |= {each for each in named if isinstance(each, str)}
            parts = [found.get(key) for key in ("anyOf", "oneOf", "allOf")]
            waiting += [each for part in parts if isinstance(part, list) for each in part]
    return types


def find_map(document: Any, start: Any, *path: str) -> dict[str, Any]:
    """Walk down a document to an object; an empty one where there is none."""
    found = find(document, start, *path)
    return found if isinstance(found, dict) else {}


def find(document: Any, start: Any, *path: str) -> Any:
    """Walk down a document by keys, following references; `None` where a key is missing."""
    found = follow(document, start)
    for key in path:
        found = follow(document, found.get(key)) if isinstance(found, dict) else None
    return found


def follow(document: Any, value: Any) -> Any:
    """Give what a reference names; `None` if it names nothing, or leads in a circle."""
    for _ in range(MOST_REFERENCES):
        if not isinstance(value, dict) or "$ref" not in value:
            return value
        reference, value = value["$ref"], document
        for key in str(reference).removeprefix("#/").split("/"):
            value = value.get(key) if isinstance(value, dict) else None
    return None
