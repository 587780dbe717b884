"""Grader of 13_v1_to_v2: what the app takes and answers is what pydantic 1 took and answered.

`app/contract.json` was recorded from the same app with FastAPI 0.99.1 and pydantic 1.10.24. Each
criterion plays a part of it, and goes on with drawn values.
"""

import json
import re
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import httpx

from dojo.grader import Host, Oracle, SeededInputs, Warned, criterion, expect, expect_events

Body = dict[str, Any]

KATA = Path(__file__).parent.name
STUB = Path(__file__).parents[2] / "exercises" / KATA / ".stub"
TOOLS, LIST = "/tools", "/tools/list"
OLD_ROWS = 3
ENDS = (("Z", "+00:00"), (".5+00:00", ".500000+00:00"), ("-03:30", "-03:30"), ("", ""))
"""How a time that is sent may end, and how it is answered."""

WORKS = "The app must add tools without a warning."
OPTIONAL = ("note", "lentTo", "label", "tags", "maker", "scan")


@cache
def read_contract() -> dict[str, list[Body]]:
    """Give the recorded requests and answers by part; each part begins with a fresh app."""
    recorded: dict[str, Any] = json.loads((STUB / "app" / "contract.json").read_text("utf-8"))
    return {name: part for name, part in recorded.items() if isinstance(part, list)}


async def replay(client: httpx.AsyncClient, host: Host, part: str) -> int:
    """Send the requests of a part, expect its answers, and give the number of the last tool."""
    last = OLD_ROWS
    for each in read_contract()[part]:
        host.history.clear()
        answer = await client.request(each["method"], each["path"], json=each.get("body"))
        because = f"This request is in 'contract.json', under '{part}'."
        expect_answer(answer, each["status"], each["answer"], because, exact=part == "answers")
        if each["status"] == 201:
            last += len(each["answer"]) if isinstance(each["answer"], list) else 1
    return last


def expect_answer(
    answer: httpx.Response, status: int, body: Any, because: str = "", exact: bool = False
) -> None:
    """Expect a status and, unless it is 422, a body; how a deposit is written counts if `exact`."""
    expect(answer).status(status, because)
    if status != 422:
        seen = expect(answer).read_json()
        expect(answer).json(rewrite_deposits(body, seen, exact), because)


def rewrite_deposits(expected: Any, seen: Any, exact: bool) -> Any:
    """Give what is expected, with each deposit that is the same amount written as it is seen."""
    if isinstance(expected, list) and isinstance(seen, list) and len(expected) == len(seen):
        return [rewrite_deposits(*each, exact) for each in zip(expected, seen, strict=True)]
    both = isinstance(expected, dict) and isinstance(seen, dict) and "deposit" in seen
    if both and same_amount(expected.get("deposit"), seen["deposit"], exact):
        return {**expected, "deposit": seen["deposit"]}
    return expected


def same_amount(expected: Any, seen: Any, exact: bool) -> bool:
    """Tell whether two deposits are the same number; unless `exact`, one may be a text."""
    if type(seen) is str and not exact:
        return re.fullmatch(r"\d{1,9}(\.\d{1,9})?", seen, re.ASCII) is not None and (
            float(seen) == expected
        )
    return type(seen) in (int, float) and bool(seen == expected)


def draft(inputs: SeededInputs, **changes: Any) -> Body:
    """Draw a tool with every field; `changes` replace or, with `...`, remove some."""
    whole = {
        "code": inputs.word(),
        "displayName": inputs.name(),
        "shelf": inputs.number(),
        "deposit": inputs.number() + 0.5,
        "boughtAt": f"20{inputs.randint(10, 24)}-06-30T08:00:00",
        "note": inputs.word(),
        "lentTo": inputs.name(),
        "label": inputs.word(),
        "tags": [inputs.word()],
        "maker": {"name": inputs.name(), "country": inputs.word(1)},
        "scan": {"by": [inputs.number(), f" {inputs.word()} "]},
    } | changes
    return {key: value for key, value in whole.items() if value is not ...}


async def expect_added(
    client: httpx.AsyncClient, host: Host, sent: Body, kept: Body, because: str
) -> None:
    """Expect that a tool is taken, and what is answered; other requests are not shown."""
    host.history.clear()
    expect_answer(await client.post(TOOLS, json=sent), 201, kept, because)


async def expect_refused(client: httpx.AsyncClient, host: Host, sent: Body, because: str) -> None:
    """Expect that a tool is refused; other requests are not shown."""
    host.history.clear()
    expect(await client.post(TOOLS, json=sent)).status(422, because)


def expect_silence(host: Host) -> None:
    """Expect that nothing warned until now."""
    for event in host.evidence:
        if isinstance(event, Warned):
            seen = f"{event.category}: {' '.join(event.message.splitlines()[:2])}"
            raise expect_events(host).fails("no warning", seen)


@criterion(task=1)
async def test_nothing_warns(client: httpx.AsyncClient, host: Host, inputs: SeededInputs) -> None:
    """Neither the import of the app nor any of the four routes gives a warning."""
    expect_silence(host)
    for each in chain.from_iterable(read_contract().values()):
        host.history.clear()
        await client.request(each["method"], each["path"], json=each.get("body"))
        expect_silence(host)
    host.history.clear()
    one = draft(inputs)
    added = await client.post(TOOLS, json=one)
    listed = await client.post(LIST, json=[one])
    expect_silence(host)
    expect(added).status(201, WORKS).json_at("code", equals=one["code"], because=WORKS)
    expect(listed).status(201, WORKS).json([one["label"]], WORKS)


@criterion(task=2)
async def test_optional_fields_stay_optional(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """Six fields may be missing. The other five are required and never null."""
    last = await replay(client, host, "optional")
    whole = draft(inputs)
    instead: Body = {**dict.fromkeys(OPTIONAL), "label": whole["displayName"], "tags": []}
    for number, missing in enumerate(OPTIONAL, start=last + 1):
        sent = {key: value for key, value in whole.items() if key != missing}
        kept = sent | {missing: instead[missing], "id": number}
        await expect_added(client, host, sent, kept, f"'{missing}' may be missing.")
    for key in (each for each in whole if each not in OPTIONAL):
        for wrong in (None, ...):
            sent = draft(inputs, **{key: wrong})
            await expect_refused(client, host, sent, f"'{key}' is required and is never null.")


@criterion(task=2)
async def test_both_names_are_taken(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """A field with two names accepts both. Other keys are ignored."""
    last = await replay(client, host, "names")
    kept = draft(inputs, id=last + 1)
    sent = kept | {"bought_at": kept["boughtAt"], inputs.word().upper(): inputs.word()}
    del sent["boughtAt"]
    await expect_added(client, host, sent, kept, "Each field accepts both of its names.")


@criterion(task=2)
async def test_numbers_become_text(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """A whole number is accepted as a text, and a text loses the spaces at its ends."""
    last = await replay(client, host, "texts")
    code, note, lent, tag = inputs.numbers(4)
    label = inputs.word()
    sent = draft(inputs, code=code, note=note, lentTo=lent, label=f" {label}\n", tags=[tag, " a "])
    texts = {"code": str(code), "note": str(note), "lentTo": str(lent), "label": label}
    kept = sent | texts | {"tags": [str(tag), "a"], "id": last + 1}
    await expect_added(client, host, sent, kept, "Every text is read like this.")


@criterion(task=3)
async def test_list_is_plain_array(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """A list of tools is a plain JSON array. All tools are stored or none."""
    last = await replay(client, host, "lists")
    one, other = draft(inputs), draft(inputs)
    labels = [one["label"], other["label"], one["label"]]
    host.history.clear()
    answer = await client.post(LIST, json=[one, other, one])
    expect(answer).status(201).json(labels, because="A list is answered with its labels.")
    for number, sent in enumerate((one, other, one), start=last + 1):
        stored = await client.get(f"{TOOLS}/{number}")
        expect_answer(stored, 200, {**sent, "id": number}, "Each tool of the list is stored.")
    refused = await client.post(LIST, json=[one, draft(inputs, shelf=None)])
    expect(refused).status(422, "The second tool has no shelf.")
    missing = await client.get(f"{TOOLS}/{last + 4}")
    expect(missing).status(404, "A list that is refused stores nothing.")


@criterion(task=3)
async def test_rules_still_hold(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """Shelf, label and tags follow the same rules as before."""
    last = await replay(client, host, "rules")
    shelf, name = inputs.number(), inputs.name()
    tags = [inputs.name(), inputs.name().upper()]
    rules: Body = {"shelf": shelf, "label": name, "tags": [each.lower() for each in tags]}
    forms: tuple[Any, ...] = (",".join(tags), tags)
    for number, form in enumerate(forms, start=last + 1):
        sent = draft(inputs, displayName=name, shelf=str(shelf), label="", tags=form)
        kept = sent | rules | {"id": number}
        await expect_added(client, host, sent, kept, "These are the rules of task 3.")
    await expect_refused(client, host, draft(inputs, tags=shelf), "A number is not a list of tags.")
    host.history.clear()
    answer = await client.post(LIST, json=[draft(inputs, displayName=name, label=...)])
    expect(answer).status(201).json([name], because="A missing label becomes the name.")


@criterion(task=4)
async def test_answers_look_as_before(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """Old rows can be read, a deposit is a number, and a time keeps its offset."""
    last = await replay(client, host, "answers")
    for number, (end, shown) in enumerate(ENDS, start=last + 1):
        time = f"20{inputs.randint(10, 24)}-02-03T04:05:{inputs.randint(10, 59)}"
        sent = draft(inputs, boughtAt=time + end)
        kept = sent | {"boughtAt": time + shown, "id": number}
        await expect_added(client, host, sent, kept, "A time has the form of `isoformat`.")
        stored = await client.get(f"{TOOLS}/{number}")
        expect_answer(stored, 200, kept, "This tool was added before.", exact=True)


@criterion(task=4)
async def test_any_request_keeps_contract(oracle: Oracle) -> None:
    """Any requests, in any order, get the answers of pydantic 1."""
    await oracle.compare()
