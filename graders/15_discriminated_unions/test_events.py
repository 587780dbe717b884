"""Grader of 15_discriminated_unions: which model judges an event, and what is told of a bad one."""

import json
from collections.abc import Iterator
from typing import Any

import httpx

from dojo.grader import Host, Oracle, SeededInputs, criterion, expect

Body = dict[str, Any]
Fault = tuple[int | None, str]
"""Where an error is: the index in the list, if there is one, and the field, or "" for the event."""

EVENTS, LISTS, ENTRIES = "/events", "/events/list", "/entries"
SPELLINGS = {
    "card": ("card", "CARD", "card_v2"),
    "upi": ("upi", "UPI", "upi_collect"),
    "refund": ("refund", "REFUND"),
}
FIELDS = {
    "card": {"type", "id", "amount", "last4"},
    "upi": {"type", "id", "amount", "vpa"},
    "refund": {"type", "id", "amount", "payment", "reason"},
}
NO_TYPES: tuple[Any, ...] = (..., None, "cash", "", 5, True, [], ["card"], {"card": "upi"})
OTHER_SPELLINGS = ("Card", " card", "card ", "CARD_V2", "card_v1", "upi_v2", "Refund", "refund_v2")

ONE_MODEL = "Only the model of its type checks an event."
ONE_ERROR = "An unknown type is exactly one error, also if other fields are wrong."
LIKE_ALONE = "A list has the same errors as its single events, each with its index."
ALL_OR_NOTHING = "If any event is refused, none of the list is booked."


def event(inputs: SeededInputs, kind: str, **changes: Any) -> Body:
    """Draw an event that fits; `changes` replace or, with `...`, remove keys."""
    own: Body = {
        "card": {"last4": str(inputs.number(1000, 9999))},
        "upi": {"vpa": f"{inputs.word()}@{inputs.word()}"},
        "refund": {"payment": inputs.word(4), "reason": inputs.word()},
    }[kind]
    common = {"type": kind, "id": inputs.word(4), "amount": inputs.number()}
    return {key: value for key, value in (common | own | changes).items() if value is not ...}


def entry(number: int, kind: str, sent: Body) -> Body:
    """Give the entry that the ledger makes of an event."""
    amount = -sent["amount"] if kind == "refund" else sent["amount"]
    if kind == "card":
        note = f"card that ends in {sent['last4']}"
    elif kind == "upi":
        note = f"from {sent['vpa']}"
    else:
        reason = sent.get("reason")
        note = f"{sent['payment']}: {'no reason' if reason is None else reason}"
    return {"number": number, "kind": kind, "event": sent["id"], "amount": amount, "note": note}


async def send(client: httpx.AsyncClient, host: Host, sent: Any) -> httpx.Response:
    """Send one event; a failure need not show those before it."""
    host.history.clear()
    return await client.post(EVENTS, json=sent)


def read_faults(answer: httpx.Response, because: str) -> list[Fault]:
    """Give where the errors of a refusal are; an error is at the field that ends its `loc`."""
    expect(answer).invalid_within("body", because=because)
    faults: list[Fault] = []
    for each in expect(answer).read_json("detail"):
        location = each["loc"][1:]
        index = location[0] if location and type(location[0]) is int else None
        rest = location if index is None else location[1:]
        faults.append((index, str(rest[-1]) if rest and rest != ["type"] else ""))
    return faults


def expect_faults(answer: httpx.Response, faults: list[Fault], because: str) -> None:
    """Expect a refusal with exactly one error at each of these places, in any order."""
    found = read_faults(answer, because)
    if sorted(found, key=str) != sorted(faults, key=str):
        raise expect(answer).fails(
            f"{count(faults)}: {describe(faults)}", f"{count(found)}: {describe(found)}", because
        )


def count(faults: list[Fault]) -> str:
    """Say how many errors there are."""
    return "1 error" if len(faults) == 1 else f"{len(faults)} errors"


def describe(faults: list[Fault]) -> str:
    """Write where errors are, in words; only the first ones of many."""
    words = list[str]()
    for index, field in sorted(faults, key=str)[:6]:
        place = "the event" if index is None else f"event {index} of the list"
        words.append(f"at '{field}' of {place}" if field else f"at {place} itself")
    return ", ".join(words) + (", …" if len(faults) > 6 else "")


async def expect_entries(client: httpx.AsyncClient, entries: list[Body], because: str) -> None:
    """Expect what the ledger holds."""
    expect(await client.get(ENTRIES)).status(200).json(entries, because=because)


@criterion(task=1)
async def test_event_reaches_its_model(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """An event is booked with the method of its type. Other keys do not matter."""
    every_key = event(inputs, "card") | event(inputs, "upi") | event(inputs, "refund")
    strange: Body = {"last4": [], "vpa": None, "payment": 5, "reason": {}, inputs.word(): 1}
    booked: list[Body] = []
    for kind in inputs.sample(sorted(SPELLINGS), len(SPELLINGS)):
        for sent in (
            event(inputs, kind),
            every_key | {"type": kind, "id": inputs.word(4)},
            strange | event(inputs, kind),
            dict(reversed(event(inputs, kind).items())),
        ):
            booked.append(entry(len(booked) + 1, kind, sent))
            answer = await send(client, host, sent)
            expect(answer).status(201, because=ONE_MODEL).json(booked[-1], because=ONE_MODEL)
    sent = event(inputs, "refund", reason=...)
    booked.append(entry(len(booked) + 1, "refund", sent))
    expect(await send(client, host, sent)).status(201).json(booked[-1])
    await expect_entries(client, booked, "Each event is booked once.")


@criterion(task=1)
async def test_faults_are_of_one_model(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """An event that does not fit its model is refused, with errors of only this model."""
    card, upi, refund = (event(inputs, kind) for kind in ("card", "upi", "refund"))
    wrong: tuple[tuple[Body, set[str]], ...] = (
        (upi | {"type": "card"}, {"last4"}),
        (card | {"type": "upi"}, {"vpa"}),
        (card | {"type": "refund"}, {"payment"}),
        (refund | {"type": "card", "last4": "123"}, {"last4"}),
        (card | {"amount": 0}, {"amount"}),
        (card | {"last4": "४२४२"}, {"last4"}),
        (upi | {"vpa": inputs.word(), "amount": -1}, {"vpa", "amount"}),
        (refund | {"reason": 5, "id": ""}, {"reason", "id"}),
        (refund | {"payment": "", "last4": "4242"}, {"payment"}),
        ({"type": "card"}, {"id", "amount", "last4"}),
        ({"type": "refund", "vpa": "a@bank"}, {"id", "amount", "payment"}),
    )
    for sent, fields in wrong:
        answer = await send(client, host, sent)
        expect_faults(answer, [(None, field) for field in fields], ONE_MODEL)
    await expect_entries(client, [], "Nothing of this is booked.")


@criterion(task=2)
async def test_unknown_type_is_one_error(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """A missing, `null` or unknown type is one error, and it names the valid types."""
    whole = event(inputs, "card") | event(inputs, "upi") | event(inputs, "refund")
    for no_type in (*NO_TYPES, inputs.word(), "x" * 300):
        for sent in (whole | {"type": no_type}, {"type": no_type, "id": "", "amount": 0}):
            sent = {key: value for key, value in sent.items() if value is not ...}
            answer = await send(client, host, sent)
            expect_faults(answer, [(None, "")], ONE_ERROR)
            expect_names(answer, no_type)
    fine = event(inputs, "card")
    no_objects: tuple[Any, ...] = (None, [], "card", 5, [fine], json.dumps(fine))
    for no_object in no_objects:
        answer = await send(client, host, no_object)
        expect_faults(answer, [(None, "")], "An event is a JSON object.")
    await expect_entries(client, [], "Nothing of this is booked.")


def expect_names(answer: httpx.Response, sent: Any) -> None:
    """Expect that the error about a type that is a text names the types there are."""
    message = str(expect(answer).read_json("detail", 0).get("msg"))
    if isinstance(sent, str) and not all(kind in message for kind in SPELLINGS):
        raise expect(answer).fails(
            "an error whose 'msg' contains 'card', 'upi' and 'refund'",
            f"the 'msg' is '{message[:300]}'",
        )


@criterion(task=3)
async def test_old_spellings_are_known(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """Each old spelling reaches its model and its method, also in a list. Others do not."""
    booked: list[Body] = []
    for kind, spellings in SPELLINGS.items():
        for spelling in spellings[1:]:
            because = f"'{spelling}' means '{kind}'."
            refused = await send(client, host, {"type": spelling, "amount": 5})
            missing = FIELDS[kind] - {"type", "amount", "reason"}
            expect_faults(refused, [(None, field) for field in missing], because)
            sent = event(inputs, kind, type=spelling)
            booked.append(entry(len(booked) + 1, kind, sent))
            answer = await send(client, host, sent)
            expect(answer).status(201, because=because).json(booked[-1], because=because)
            booked.append(entry(len(booked) + 1, kind, sent))
            answer = await client.post(LISTS, json=[sent])
            expect(answer).status(201, because=because).json([booked[-1]], because=because)
    for spelling in OTHER_SPELLINGS:
        kind = next(each for each in SPELLINGS if each in spelling.lower())
        answer = await send(client, host, event(inputs, kind, type=spelling))
        expect_faults(answer, [(None, "")], f"'{spelling}' is not a type.")
        expect_names(answer, spelling)


@criterion(task=4)
async def test_list_is_booked_in_order(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """The events of a list are booked and answered in its order, with any types."""
    kinds = ["upi", "card", "refund", "upi", "card", "card", "refund", "upi"]
    sent = [event(inputs, kind) for kind in kinds]
    booked = [entry(1 + index, *each) for index, each in enumerate(zip(kinds, sent, strict=True))]
    because = "They are booked in the order of the list."
    expect(await client.post(LISTS, json=sent)).status(201).json(booked, because=because)
    expect(await client.post(LISTS, json=[])).status(201).json([])
    twice = [entry(9, "card", sent[1]), entry(10, "card", sent[1])]
    expect(await client.post(LISTS, json=[sent[1], sent[1]])).status(201).json(twice)
    await expect_entries(client, booked + twice, because)


@criterion(task=4)
async def test_list_names_its_faults(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """A list with wrong events is refused, names the index of each, and books nothing."""
    fine = [event(inputs, kind) for kind in ("card", "upi", "refund")]
    untyped = event(inputs, "card", type=...)
    cut = event(inputs, "upi", vpa=...)
    unknown: Body = {"type": "cash", "id": "", "amount": 0}
    wrong: tuple[tuple[list[Any], list[Fault]], ...] = (
        ([*fine, untyped], [(3, "")]),
        ([fine[0], cut, fine[1]], [(1, "vpa")]),
        ([unknown, fine[0], unknown], [(0, ""), (2, "")]),
        ([unknown, *fine, cut | {"amount": 0}], [(0, ""), (4, "vpa"), (4, "amount")]),
        ([fine[2], None, unknown, [fine[0]], cut], [(1, ""), (2, ""), (3, ""), (4, "vpa")]),
    )
    for sent, faults in wrong:
        answer = await client.post(LISTS, json=sent)
        expect_faults(answer, faults, LIKE_ALONE)
        await expect_entries(client, [], ALL_OR_NOTHING)
    no_lists: tuple[Any, ...] = (fine[0], None, {}, "card", 5)
    for no_list in no_lists:
        answer = await client.post(LISTS, json=no_list)
        expect_faults(answer, [(None, "")], "The body is a JSON list.")
    await expect_entries(client, [], ALL_OR_NOTHING)


@criterion(task=5)
async def test_document_tells_models_apart(client: httpx.AsyncClient) -> None:
    """The document shows `oneOf` with three schemas and the spellings of each."""
    answer = await client.get("/openapi.json")
    expect(answer).status(200)
    document = expect(answer).read_json()
    body = ("requestBody", "content", "application/json", "schema")
    single = expect(answer).read_json("paths", EVENTS, "post", *body)
    several = resolve(document, expect(answer).read_json("paths", LISTS, "post", *body))
    items = several.get("items") if isinstance(several, dict) else None
    for place, schema in ((f"the body of {EVENTS}", single), (f"an item of {LISTS}", items)):
        for expected, seen in find_flaws(document, resolve(document, schema)):
            raise expect(answer).fails(f"that {place} is {expected}", seen)


def find_flaws(document: Any, schema: Any) -> Iterator[tuple[str, str]]:
    """Give what a schema of an event lacks: what it should be, and what it is."""
    schema = schema if isinstance(schema, dict) else {}
    members = schema.get("oneOf")
    if not isinstance(members, list):
        yield "'oneOf' the schemas of the three models", f"its keys are {sorted(schema) or 'none'}"
        return
    discriminator = schema.get("discriminator")
    discriminator = discriminator if isinstance(discriminator, dict) else {}
    if discriminator.get("propertyName") != "type":
        yield "told apart by a 'discriminator' whose 'propertyName' is 'type'", f"{discriminator}"
        return
    mapping = discriminator.get("mapping")
    mapping = mapping if isinstance(mapping, dict) else {}
    known = [spelling for spellings in SPELLINGS.values() for spelling in spellings]
    if sorted(mapping) != sorted(known):
        yield f"mapped from {sorted(known)}", f"the mapping has {sorted(mapping)}"
        return
    references = [each.get("$ref") if isinstance(each, dict) else None for each in members]
    if len(members) != len(SPELLINGS) or any(each not in references for each in mapping.values()):
        yield "mapped to the '$ref' of 'oneOf', one for each model", f"{mapping} and {references}"
        return
    for kind, spellings in SPELLINGS.items():
        for spelling in spellings:
            target = resolve(document, {"$ref": mapping[spelling]})
            properties = target.get("properties") if isinstance(target, dict) else None
            fields = set(properties) if isinstance(properties, dict) else set[str]()
            if not FIELDS[kind] <= fields or fields & list_foreign(kind):
                expected = f"mapped from '{spelling}' to a schema with {sorted(FIELDS[kind])}"
                yield expected, f"the fields are {sorted(fields)}"


def list_foreign(kind: str) -> set[str]:
    """Give the fields that only the models of the other types have."""
    return {field for fields in FIELDS.values() for field in fields} - FIELDS[kind]


def resolve(document: Any, schema: Any) -> Any:
    """Follow the references of a schema, a few times at most."""
    for _ in range(5):
        if not isinstance(schema, dict):
            return None
        only = schema.get("allOf")
        if isinstance(only, list) and len(only) == 1:
            schema = only[0]
            continue
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        schema = document
        for key in reference.removeprefix("#/").split("/"):
            schema = schema.get(key) if isinstance(schema, dict) else None
    return None


@criterion(task=4)
async def test_any_event_keeps_contract(oracle: Oracle) -> None:
    """Any event, alone or in a list, is booked or refused correctly."""
    await oracle.compare()
