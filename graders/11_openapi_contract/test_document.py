"""Grader of 11_openapi_contract: what the document says, held against what the routes do.

The document is data from outside, and the validators trust theirs. So nothing reaches them before
it is bounded: how long and deep it is, how large with all references followed, and how much work an
example makes. What no registry holds cannot be looked up, so that nothing is fetched.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

import httpx
import jsonschema
from jsonschema_path import SchemaPath
from jsonschema_path.accessors import SchemaAccessor
from openapi_spec_validator import OpenAPIV31SpecValidator
from openapi_spec_validator.validation.keywords import ValueValidator
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from dojo.grader import (
    Failure,
    Hosts,
    Oracle,
    SeededInputs,
    criterion,
    expect,
    open_client,
)

Json = Any
Place = tuple[str | int, ...]
"""Where something stands in the document."""

LARGEST, DEEPEST, LONGEST_SHOWN = 48 * 1024, 40, 200
MOST_FOLLOWED, LONGEST_CHAIN = 8_000, 100
"""How many values a document has with all references followed, and how many of them in a row."""
LONGEST_EXAMPLE, MOST_WORK = 1_000, 2_000_000
"""Letters of one example, and values of schemas times letters of all that is held against them."""
MOST_EXAMPLES = 10
UNREAD = (
    *("$schema", "$id", "$anchor", "$dynamicAnchor", "$dynamicRef"),
    *("patternProperties", "unevaluatedItems", "unevaluatedProperties", "minProperties"),
)
"""Keywords that lead out of the document or to another engine, that multiply the work, or that
ask for fields without a name."""
SIMPLE_PATTERN = re.compile(r"\^?(?:(?:\[(?:\w-\w|\w)+\]|\\d|\w)(?:\{\d\})?)*\$?")
LONGEST_PATTERN = 50
ADDRESS = "urn:document"
FORMATS = ("date", "date-time", "uuid")
KEY = {"X-Key": "demo-key"}
NAMES = {
    ("post", "/rooms"): "rooms-add_room",
    ("get", "/rooms/{code}"): "rooms-find_room",
    ("get", "/room/{code}"): "rooms-find_old_room",
    ("get", "/bookings"): "bookings-list_bookings",
    ("post", "/bookings"): "bookings-book",
    ("post", "/bookings/{number}/confirm"): "bookings-confirm",
    ("get", "/bookings/{number}/confirm"): "bookings-confirm_by_link",
}
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
OLD_ROUTE = ("paths", "/room/{code}", "get")
ERRORS = ("401", "404", "409")
MAPS_OF_SCHEMAS = ("properties", "$defs", "dependentSchemas", "schemas")
KEYS_OF_VALUES = ("example", "examples", "default", "const", "enum")
"""Where a document holds values, and no schemas."""
NO_TEXTS: tuple[Json, ...] = (7, None, True, ["A text."], {"text": "A text."})
ALWAYS_THERE = "Each field of an answer is always present."
MAY_BE_LEFT_OUT = "In a request, only a field without a default is required."


def check_pattern(_: Any, pattern: Any, text: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    """Search a pattern of letters, digits and sets; any other may take long, and fits all."""
    if not isinstance(text, str) or not isinstance(pattern, str) or len(pattern) > LONGEST_PATTERN:
        return
    try:
        found = not SIMPLE_PATTERN.fullmatch(pattern) or re.search(pattern, text)
    except re.error:  # such as a set from z to a
        return
    if not found:
        yield jsonschema.ValidationError(f"{text!r} does not fit '{pattern}'")


ExampleValidator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator, {"pattern": check_pattern}
)


class DefaultValidator(ValueValidator):
    """A default is no example: it is not held against its schema."""

    def __call__(self, *_: Any) -> Iterator[jsonschema.ValidationError]:
        """Find no fault."""
        yield from ()


class DocumentValidator(OpenAPIV31SpecValidator):
    """A validator of OpenAPI 3.1 that reads schemas, and holds no value against them."""


DocumentValidator.keyword_validators = {
    **OpenAPIV31SpecValidator.keyword_validators,
    "default": DefaultValidator,
}


class Document:
    """The document of an app, and the answer that it came in."""

    def __init__(self, answer: httpx.Response) -> None:
        expect(answer).status(200)
        if len(answer.content) > LARGEST:
            raise expect(answer).fails(f"a document of at most {LARGEST} bytes", "it is longer")
        self.answer = answer
        given: Json = expect(answer).read_json()
        for place, value in walk(given):
            if len(place) > DEEPEST:
                raise self.fails(f"a document that is at most {DEEPEST} deep", "it is deeper")
            reference = read_reference(value)
            if reference is not None and not reference.startswith("#/"):
                raise self.fails(
                    "references within the document", f"'{shorten(reference)}' at {show(place)}"
                )
        self.whole: Json = drop(given, *UNREAD)
        self._registry = register(self.whole)
        self._resolver = self._registry.resolver(ADDRESS)
        self._sizes: dict[int, int] = {}
        self._chain: list[int] = []
        self._work = 0
        if self.measure(self.whole) > MOST_FOLLOWED:
            raise self.fails(
                f"at most {MOST_FOLLOWED} values with all references followed", "there are more"
            )

    def fails(self, expected: str, seen: str, because: str = "") -> Failure:
        """Make a failure about this document."""
        return expect(self.answer).fails(expected, seen, because)

    def find(self, *place: str | int) -> Json:
        """Give what stands at a place; `None` if nothing does."""
        found = self.whole
        for key in place:
            found = as_map(found).get(key) if isinstance(key, str) else None
        return found

    def follow(self, value: Json) -> Json:
        """Give what a reference names, once; `None` for nothing, anything else as it is."""
        reference = read_reference(value)
        if reference is None:
            return value
        try:
            return self._resolver.lookup(reference).contents
        except (Unresolvable, TypeError, ValueError):  # such as a key of a text
            return None

    def measure(self, value: Json) -> int:
        """Count values with all references followed; `Failure` if they lead in a circle."""
        if not isinstance(value, dict | list):
            return 1
        if id(value) in self._sizes:
            return self._sizes[id(value)]
        if id(value) in self._chain or len(self._chain) > LONGEST_CHAIN:
            raise self.fails("references without a circle", "a circle, or too many references")
        self._chain.append(id(value))
        inner = list(value.values()) if isinstance(value, dict) else value
        named = [self.follow(value)] if read_reference(value) is not None else []
        self._sizes[id(value)] = 1 + sum(self.measure(each) for each in (*inner, *named))
        self._chain.pop()
        return self._sizes[id(value)]

    def list_operations(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Give the operations of all paths but those below `/internal`."""
        return {
            (method, path): as_map(operation)
            for path, item in as_map(self.find("paths")).items()
            for method, operation in as_map(item).items()
            if method in METHODS and not path.startswith("/internal")
        }

    def list_places(self, key: str, kind: type) -> list[Place]:
        """List where an object holds something of a type under a key, and not nothing."""
        return [
            place
            for place, value in walk(self.whole)
            if isinstance(found := as_map(value).get(key), kind)
            and found
            and not set(place) & set(KEYS_OF_VALUES)
        ]

    def find_fault(self, place: Place, value: Json) -> str | None:
        """Tell why a value does not fit the schema at a place; `None` if it does."""
        letters = len(repr(value))
        if letters > LONGEST_EXAMPLE:
            raise self.fails(
                f"an example of at most {LONGEST_EXAMPLE} letters for {show(place)}",
                f"it has {letters}",
            )
        self._work += letters * self.measure(self.find(*place))
        if self._work > MOST_WORK:
            raise self.fails("fewer and simpler schemas and examples", "it is too much to check")
        pointer = "".join(f"/{quote(escape(str(key)), safe='')}" for key in place)
        validator = ExampleValidator(
            {"$ref": f"{ADDRESS}#{pointer}"},
            registry=self._registry,
            format_checker=jsonschema.FormatChecker(FORMATS),
        )
        try:
            fault = next(validator.iter_errors(value), None)
        except Exception as error:  # a validator may stumble over whatever is no schema
            raise self.fails(
                f"a schema at {show(place)}", f"it is not a schema: {shorten(str(error))}"
            ) from None
        return fault and shorten(fault.message)

    def find_body(self, *place: str) -> Place:
        """Give the place of the schema of a JSON body; `Failure` if there is none."""
        holder: Place = place
        while (reference := read_reference(self.find(*holder))) is not None:
            holder = read_pointer(reference)
        schema = (*holder, "content", "application/json", "schema")
        if not isinstance(self.find(*schema), dict):
            raise self.fails(f"a JSON body with a schema at {show(place)}", "there is none")
        return schema

    def expect_fits(self, place: Place, value: Json, because: str = "") -> None:
        """Expect that a value fits the schema at a place."""
        if fault := self.find_fault(place, value):
            raise self.fails(
                f"a schema at {show(place)} that fits {shorten(str(value))}", fault, because
            )

    def expect_requires(self, place: Place, value: Json, because: str = "") -> None:
        """Expect that an object, or the first one in a list, fits only with each of its keys."""
        self.expect_fits(place, value, because)
        listed = isinstance(value, list)
        whole = value[0] if listed else value
        for key in whole:
            less = {other: whole[other] for other in whole if other != key}
            if not self.find_fault(place, [less] if listed else less):
                raise self.fails(
                    f"the field '{key}' required at {show(place)}",
                    "an object without it fits the schema, too",
                    because,
                )


def walk(document: Json) -> Iterator[tuple[Place, Json]]:
    """Give each value of a document with its place."""
    waiting: list[tuple[Place, Json]] = [((), document)]
    while waiting:
        place, value = waiting.pop()
        yield place, value
        if len(place) > DEEPEST:
            continue
        if isinstance(value, dict):
            waiting += [((*place, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [((*place, number), inner) for number, inner in enumerate(value)]


def drop(value: Json, *keywords: str) -> Json:
    """Give a document without some keywords, wherever they stand and whatever they are there."""
    if isinstance(value, list):
        return [drop(each, *keywords) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: drop(each, *keywords) for key, each in value.items() if key not in keywords}


def register(document: Json) -> Registry[Any]:
    """Give a registry that holds a document, and that fetches nothing."""
    resource = Resource.from_contents(document, default_specification=DRAFT202012)
    empty: Registry[Any] = Registry()
    registry: Registry[Any] = empty.with_resource(ADDRESS, resource)
    return registry


def read_reference(value: Json) -> str | None:
    """Give the reference that a value is; `None` if it is none."""
    reference = as_map(value).get("$ref")
    return reference if isinstance(reference, str) else None


def read_pointer(reference: str) -> Place:
    """Give the place that a reference names."""
    return tuple(unescape(key) for key in unquote(reference.removeprefix("#/")).split("/"))


def list_examples(
    document: Document, value: Json, place: Place = ()
) -> Iterator[tuple[Place, Place, Json]]:
    """Give each example below a value: where it stands, where its schema is, and what it shows."""
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from list_examples(document, each, (*place, number))
    if not isinstance(value, dict):
        return
    beside = (*place, "schema") if isinstance(value.get("schema"), dict) else place
    for key, shown in list_shown(document, value):
        yield (*place, *key), beside, shown
    for key, inner in value.items():
        if key in MAPS_OF_SCHEMAS and isinstance(inner, dict):
            for name, schema in inner.items():
                yield from list_examples(document, schema, (*place, key, name))
        elif key not in KEYS_OF_VALUES:
            yield from list_examples(document, inner, (*place, key))


def list_shown(document: Document, part: dict[str, Any]) -> Iterator[tuple[Place, Json]]:
    """Give the examples that one object of the document shows itself, each with its key."""
    if "example" in part:
        yield ("example",), part["example"]
    examples = part.get("examples")
    if isinstance(examples, list):
        for number, each in enumerate(examples):
            yield ("examples", number), each
    elif "schema" in part:
        for name, each in as_map(examples).items():
            named = as_map(document.follow(each))
            if "value" in named:
                yield ("examples", name), named["value"]


def as_map(value: Json) -> dict[str, Any]:
    """Give an object as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def escape(key: str) -> str:
    """Write a key as a part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def unescape(part: str) -> str:
    """Read a key from a part of a JSON pointer."""
    return part.replace("~1", "/").replace("~0", "~")


def shorten(text: str) -> str:
    """Cut a text that is too long to show."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def show(place: Place) -> str:
    """Write a place in the document, such as `paths > /rooms > post`."""
    return shorten(" > ".join(map(str, place))) or "the top"


def list_names(operations: dict[tuple[str, str], Any]) -> str:
    """Write operations as requests."""
    return ", ".join(f"{method.upper()} {path}" for method, path in sorted(operations)) or "none"


async def read_document(client: httpx.AsyncClient) -> Document:
    """Read the document at the door of the staff, for the second time.

    Who edits it at each request has edited it twice by then.
    """
    expect(await client.get("/openapi.json")).status(200)
    return Document(await client.get("/openapi.json"))


async def expect_refused(
    client: httpx.AsyncClient, code: int, method: str, path: str, body: Json, **headers: str
) -> None:
    """Send a request, and expect this status."""
    more = {} if body is None else {"json": body}
    answer = await client.request(method, path, headers=headers, **more)
    expect(answer).status(code, because="All routes answer as before.")


def open_path(document: Json) -> SchemaPath:
    """Open a document for the validator, which would compile the patterns, and fetch references."""
    plain = drop(document, "pattern")
    return SchemaPath(SchemaAccessor(plain, register(plain).resolver(ADDRESS)))


@criterion(task=1)
async def test_operations_have_their_names(client: httpx.AsyncClient) -> None:
    """The document has exactly the operations of the table, each with its own id."""
    document = await read_document(client)
    found = document.list_operations()
    if found.keys() != NAMES.keys():
        raise document.fails(
            f"the operations {list_names(dict(NAMES))}", f"the operations {list_names(found)}"
        )
    others = [
        place
        for place in document.list_places("operationId", str)
        if "links" not in place and (place[:1] != ("paths",) or len(place) > 3)
    ]
    if others:
        raise document.fails("only the operations of the table", f"one more at {show(others[0])}")
    for operation, name in NAMES.items():
        seen = found[operation].get("operationId")
        if seen != name:
            request = list_names({operation: name})
            raise document.fails(
                f"the operation id '{name}' of {request}", f"the id '{shorten(str(seen))}'"
            )


@criterion(task=1)
async def test_document_is_valid(client: httpx.AsyncClient) -> None:
    """The document is valid OpenAPI 3.1. Each id is unique, and each reference exists."""
    document = await read_document(client)
    version = as_map(document.whole).get("openapi")
    if not isinstance(version, str) or not version.startswith("3.1."):
        raise document.fails("a document of OpenAPI 3.1", f"'openapi' is {shorten(str(version))}")
    for place, value in walk(document.whole):
        reference = read_reference(value)
        if reference is not None and document.follow(value) is None:
            raise document.fails(
                "references to existing places", f"'{shorten(reference)}' at {show(place)}"
            )
    try:
        fault = next(DocumentValidator(open_path(document.whole)).iter_errors(), None)
    except Exception as error:  # the validator may stumble over whatever is no document
        raise document.fails(
            "a valid document of OpenAPI 3.1", shorten(f"{type(error).__name__}: {error}")
        ) from None
    if fault:
        raise document.fails("a valid document of OpenAPI 3.1", shorten(fault.message))


@criterion(task=2)
async def test_errors_are_documented(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """A route documents its own 401, 404 and 409, each with `Problem` as body."""
    document = await read_document(client)
    day, number = f"2027-01-{inputs.randint(10, 28)}", inputs.number()
    booking = {"room": "A1", "day": day}
    expect(await client.post("/bookings", json=booking)).status(201)
    refusals: tuple[tuple[str, str, int, Json], ...] = (
        ("post", "/rooms", 401, {"code": "C1"}),
        ("post", "/rooms", 409, {"code": "A1"}),
        ("get", "/rooms/{code}", 404, None),
        ("get", "/room/{code}", 404, None),
        ("get", "/bookings", 401, None),
        ("post", "/bookings", 404, booking | {"room": "C3"}),
        ("post", "/bookings", 409, booking),
        ("post", "/bookings/{number}/confirm", 404, None),
        ("get", "/bookings/{number}/confirm", 404, None),
    )
    for nobody in ("0", "-1", "9" * 30):
        await expect_refused(client, 404, "post", f"/bookings/{nobody}/confirm", None)
    for method, path, code, body in refusals:
        asked = path.format(code="C3", number=number)
        await expect_refused(client, code, method, asked, body, **({} if code == 401 else KEY))
    for method, path in NAMES:
        responses = as_map(document.find("paths", path, method, "responses"))
        documented = sorted(set(responses) & {*ERRORS, "4XX", "default"})
        answered = [str(code) for one, other, code, _ in refusals if (one, other) == (method, path)]
        if documented != answered:
            raise document.fails(
                f"of 401, 404 and 409 documented for {method.upper()} {path}: "
                f"{', '.join(answered) or 'none'}",
                f"documented: {', '.join(documented) or 'none'}",
            )
    for method, path, code, _ in refusals:
        schema = document.find_body("paths", path, method, "responses", str(code))
        document.expect_requires(schema, {"detail": f"Number {number} is not here."})
        for other in NO_TEXTS:
            if not document.find_fault(schema, {"detail": other}):
                raise document.fails(
                    f"a text as 'detail' at {show(schema)}", f"{json.dumps(other)} fits, too"
                )


@criterion(task=3)
async def test_answers_are_whole(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """In answers each field is required. In requests each field without a default is."""
    document = await read_document(client)
    day = f"2027-02-{inputs.randint(10, 28)}"
    booking, room = {"room": "A2", "day": day}, {"code": f"D{inputs.randint(0, 9)}"}
    for path, least in (("/rooms", room), ("/bookings", booking)):
        body = document.find_body("paths", path, "post", "requestBody")
        document.expect_requires(body, least, MAY_BE_LEFT_OUT)
    whole_room: Json = room | {"seats": 8, "equipment": []}
    whole: Json = booking | {"note": "", "number": 1, "confirmed": False}
    confirmed: Json = whole | {"confirmed": True}
    answers: tuple[tuple[str, str, str, Json], ...] = (
        ("post", "/rooms", "201", whole_room),
        ("get", "/rooms/{code}", "200", whole_room),
        ("get", "/room/{code}", "200", whole_room),
        ("post", "/bookings", "201", whole),
        ("get", "/bookings/{number}/confirm", "200", confirmed),
        ("post", "/bookings/{number}/confirm", "200", confirmed),
        ("get", "/bookings", "200", [confirmed]),
    )
    for method, path, code, answer in answers:
        sent = {"/rooms": room, "/bookings": booking}.get(path) if method == "post" else None
        asked = path.format(code=room["code"], number=1)
        given = await client.request(method, asked, json=sent, headers=KEY)
        expect(given).status(int(code)).json(answer)
        schema = document.find_body("paths", path, method, "responses", code)
        document.expect_requires(schema, answer, ALWAYS_THERE)


@criterion(task=3)
async def test_examples_fit_their_schemas(client: httpx.AsyncClient) -> None:
    """Each example in the document fits its schema."""
    document = await read_document(client)
    for place, schema, shown in list_examples(document, document.whole):
        if fault := document.find_fault(schema, shown):
            raise document.fails(
                f"an example at {show(place)} that fits its schema",
                f"the example is {shorten(repr(shown))}: {fault}",
            )


@criterion(task=3)
async def test_example_bodies_are_taken(client: httpx.AsyncClient, hosts: Hosts) -> None:
    """An example of a whole body gets a 201 from an app that has just started."""
    document = await read_document(client)
    for path in ("/rooms", "/bookings"):
        place = document.find_body("paths", path, "post", "requestBody")
        media = as_map(document.find(*place[:-1]))
        schema = as_map(media.get("schema"))
        stated = (media, schema, as_map(document.follow(schema)))
        shown = [each for part in stated for _, each in list_shown(document, part)]
        if not shown:
            raise document.fails(
                f"an example of a whole body at {show(place)}, or in the schema that it names",
                "there is none",
            )
        if len(shown) > MOST_EXAMPLES:
            raise document.fails(
                f"at most {MOST_EXAMPLES} examples of a whole body at {show(place)}",
                f"there are {len(shown)}",
            )
        for body in shown:
            async with open_client(await hosts.open()) as fresh:
                taken = await fresh.post(path, json=body, headers=KEY)
                expect(taken).status(201, because="This body is an example in the document.")


@criterion(task=4)
async def test_old_and_internal_are_marked(client: httpx.AsyncClient) -> None:
    """Only the old route is deprecated. Internal routes are not in the document. Both work."""
    document = await read_document(client)
    old = document.list_places("deprecated", bool)
    if old != [OLD_ROUTE]:
        seen = shorten(", ".join(sorted(map(show, old)))) or "nothing"
        raise document.fails(
            f"{show(OLD_ROUTE)} as the only thing that is deprecated", f"deprecated: {seen}"
        )
    internal = [path for path in as_map(document.find("paths")) if path.startswith("/internal")]
    if internal:
        raise document.fails("no path below '/internal'", shorten(", ".join(internal)))
    room = {"code": "A2", "seats": 8, "equipment": []}
    for door in ("", "/public"):
        expect(await client.get(f"{door}/room/A2")).status(200).json(room)
        health = await client.get(f"{door}/internal/health")
        expect(health).status(200).json({"rooms": 2, "bookings": 0})


@criterion(task=4)
async def test_public_door_has_no_document(client: httpx.AsyncClient) -> None:
    """`/openapi.json`, `/docs` and `/redoc` exist for the staff. Below `/public` they are 404."""
    for path in ("/openapi.json", "/docs", "/redoc"):
        expect(await client.get(path)).status(200, because="The staff has 'docs_enabled=True'.")
        for accepted in ("*/*", "text/html"):
            hidden = await client.get(f"/public{path}", headers={"Accept": accepted})
            expect(hidden).status(404, because="The public has 'docs_enabled=False'.")
    expect(await client.get("/public/rooms/A1")).status(200)


@criterion(task=4)
async def test_any_answer_stays(oracle: Oracle) -> None:
    """The routes of both apps answer every request as today."""
    await oracle.compare()
