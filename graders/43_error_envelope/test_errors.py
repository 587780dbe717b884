"""Grader of 43_error_envelope: what a telephone reads when something is not as it should be."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from dojo.grader import (
    Failure,
    Oracle,
    SeededInputs,
    criterion,
    exchange_of,
    expect,
    finish,
    same_json,
)

JSON = {"Content-Type": "application/json"}
TYPES = ("application/json", "application/problem+json")


def expect_envelope(
    answer: httpx.Response, status: int, code: str = "", message: str = ""
) -> list[Any]:
    """Expect an envelope; give its details. Without a `code` or a `message` any text will do."""
    expect(answer).status(status)
    found = answer.headers.get("content-type", "")
    if found.partition(";")[0].strip().lower() not in TYPES:
        seen = f"'{found}'" if found else "no content type"
        raise expect(answer).fails(f"the content type {' or '.join(TYPES)}", seen)
    for key, wanted in (("code", code), ("message", message)):
        text = expect(answer).read_json(key)
        if wanted:
            expect(answer).json_at(key, equals=wanted)
        elif not isinstance(text, str) or not text.strip():
            raise expect(answer).fails(f"a text in '{key}'", json.dumps(text))
    details = expect(answer).read_json("details")
    if not isinstance(details, list):
        raise expect(answer).fails("a list in 'details'", json.dumps(details))
    return details


def expect_plain(answer: httpx.Response, status: int, code: str = "", message: str = "") -> None:
    """Expect an envelope without details."""
    details = expect_envelope(answer, status, code, message)
    if details:
        raise expect(answer).fails("an empty list in 'details'", json.dumps(details))


def expect_details(answer: httpx.Response, wanted: Mapping[str, str]) -> None:
    """Expect a 422 with these errors, each a code by its path, in any order."""
    details = expect_envelope(answer, 422, "invalid_request")
    found = []
    for each in details:
        if not isinstance(each, dict) or not {"path", "code", "message"} <= each.keys():
            expected = "an object with 'path', 'code' and 'message' for each error"
            raise expect(answer).fails(expected, json.dumps(each))
        if not isinstance(each["message"], str) or not each["message"].strip():
            raise expect(answer).fails("a text in each 'message'", json.dumps(each))
        found.append([each["path"], each["code"]])
    pairs = [list(pair) for pair in wanted.items()]
    if not same_json(sorted(pairs), sorted(found, key=str)):
        expected, seen = (
            " and ".join(f"{code} at '{path}'" for path, code in some) or "no error"
            for some in (sorted(pairs), sorted(found, key=str))
        )
        raise expect(answer).fails(expected, seen)


def expect_untold(answer: httpx.Response, text: str, because: str) -> None:
    """Expect that a text is neither in the headers of an answer nor in its body."""
    for name, value in answer.headers.items():
        if text in f"{name}: {value}":
            seen = f"the header '{name}: {value}'"
            raise expect(answer).fails(f"headers without '{text}'", seen, because)
    expect(answer).without(text, because)
    if text in json.dumps(expect(answer).read_json(), ensure_ascii=False):
        seen = "it in the body, written with escapes"
        raise expect(answer).fails(f"a body without '{text}'", seen, because)


async def send(client: httpx.AsyncClient, content: str | bytes, **headers: str) -> httpx.Response:
    """Bring a parcel; the body is sent as it is."""
    return await client.post("/parcels", content=content, headers={**JSON, **headers})


@criterion(task=1)
async def test_refusals_share_envelope(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """Every `Refusal`, whatever its class, has its own status, code and headers in an envelope."""
    number = inputs.number()
    answer = await client.get(f"/parcels/{number}")
    expect_plain(answer, 404, "unknown_parcel", f"There is no parcel {number}.")
    wide = {"weight": 1, "width": number}
    answer = await client.post("/parcels", json=wide)
    expect_plain(answer, 409, "no_free_locker", f"No locker is {number:g} cm wide.")
    answer = await client.post("/parcels/1/pickup", json={"pin": "none"})
    expect_plain(answer, 403, "wrong_pin", "This is not the PIN of this parcel.")
    answer = await client.post("/parcels/2/reminder")
    expect_plain(answer, 409, "refused", "The customer has to pay first.")
    answer = await client.post("/parcels/1/reminder")
    expect_plain(answer, 503, "station_offline", "The station does not answer right now.")
    because = "Without it the phone does not know when to try again."
    expect(answer).header("Retry-After", "120", because)


@criterion(task=1)
async def test_http_errors_share_envelope(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """Every `HTTPException`, also of the router, keeps its status and headers in an envelope."""
    answer = await client.get(f"/{inputs.word()}")
    expect_plain(answer, 404, "not_found", "Not Found")
    answer = await client.delete("/lockers")
    expect_plain(answer, 405, "method_not_allowed", "Method Not Allowed")
    expect(answer).header("Allow", "GET", "A 405 has to say what is allowed.")
    answer = await client.get("/coffee")
    expect_plain(answer, 418, "im_a_teapot", "I'm a Teapot")
    answer = await client.get("/tours")
    expect_plain(answer, 401, "unauthorized", "Log in first.")
    expect(answer).header("WWW-Authenticate", 'Bearer realm="station"')
    answer = await client.post("/parcels/2/pickup", json={"pin": "0815"})
    details = expect_envelope(answer, 402, "payment_required")
    if not same_json(details, [{"fee": "2.50", "paid": []}]):
        expected = "the 'detail' of the exception as the only item of 'details'"
        raise expect(answer).fails(expected, json.dumps(details))


@criterion(task=2)
async def test_wrong_values_are_listed(client: httpx.AsyncClient) -> None:
    """An invalid request is a 422, whatever its values are, and lists each error by its path."""
    faults = {
        "weight": 31,
        "phone": "030",
        "contents": {"tea/milk": 0, "salt": 1},
        "labels": ["fragile", 7],
    }
    wanted = {
        "/body/weight": "less_than_equal",
        "/body/phone": "value_error",
        "/body/contents/tea~1milk": "greater_than",
        "/body/labels/1": "string_type",
    }
    expect_details(await client.post("/parcels", json=faults), wanted)
    for text, path in (
        ('{"weight": NaN}', "/body/weight"),
        ('{"weight": 1e999}', "/body/weight"),
        ('{"weight": 1, "width": Infinity}', "/body/width"),
    ):
        expect_details(await send(client, text), {path: "finite_number"})
    for content in (b"weight=3", b"\xff\xfe\x00"):
        answer = await send(client, content, **{"Content-Type": "application/octet-stream"})
        expect_details(answer, {"/body": "model_attributes_type"})
    expect_details(await client.get("/parcels/one"), {"/path/number": "int_parsing"})
    expect_details(await client.get("/parcels?limit=-1"), {"/query/limit": "greater_than_equal"})


@criterion(task=2)
async def test_body_is_not_echoed(client: httpx.AsyncClient, inputs: SeededInputs) -> None:
    """Nothing of the body is in the answer to an invalid request."""
    words = [inputs.word(6) for _ in range(5)]
    pin, phone, street, weight, more = words
    body = {"weight": weight, "phone": phone, "pin": pin, "sender": f'{{"house": "{street}"}}'}
    requests: Sequence[tuple[str, str]] = (
        ("application/json", json.dumps(body | {"contents": {"tea": more}})),
        ("application/json", json.dumps([pin, phone])),
        ("application/json", f'{{"pin": "{pin}", "phone": {phone}}}'),
        ("text/plain", f"pin={pin}&phone={phone}"),
    )
    for content_type, content in requests:
        answer = await send(client, content, **{"Content-Type": content_type})
        if answer.status_code not in (400, 422):
            raise expect(answer).fails("status 400 or 422", "")
        for word in words:
            because = "An answer ends up in logs and on screens, and the body holds a PIN."
            expect_untold(answer, word, because)


@criterion(task=2)
async def test_broken_json_is_told_apart(client: httpx.AsyncClient) -> None:
    """A syntax error in the body is a 400, and a value that does not fit is a 422."""
    for text in ('{"weight": 1', '{"weight": 1,}', "{'weight': 1}", '{"weight": 1} and more'):
        expect_plain(await send(client, text), 400, "malformed_json")
    expect_plain(await send(client, b'{"pin": "\xff"}'), 400)
    answer = await client.post("/parcels", json={"weight": 1, "sender": '{"street": '})
    expect_details(answer, {"/body/sender": "json_invalid"})
    answer = await client.post("/parcels", json=["weight", 1])
    expect_details(answer, {"/body": "model_attributes_type"})


@criterion(task=3)
async def test_crash_tells_nothing(client: httpx.AsyncClient) -> None:
    """Any other exception is a 500 that says nothing of it, and the server gets the exception."""
    for path, kind, text, told in (
        ("/visits", "ConnectionError", "w4llnut", ("SELECT", "w4llnut", "no answer of")),
        ("/parcels/1/address", "ValidationError", "seven", ("seven", "int_parsing", "Address")),
        ("/parcels/2/address", "JSONDecodeError", "Unterminated", ("Rose", "Unterminated")),
        ("/lockers/A2", "ResponseValidationError", "wide", ("wide", "int_parsing")),
        ("/lockers/C9", "KeyError", "C9", ()),
    ):
        answer = await client.get(path)
        expect(answer).status(500)
        for word in (kind, *told):
            because = "What the code does is for the log, and not for callers."
            expect_untold(answer, word, because)
        expect_plain(answer, 500, "internal_error")
        await finish(answer)
        raised = exchange_of(answer).raised
        if raised is None or not raised.type.endswith(kind) or text not in raised.message:
            seen = f"it gets '{raised}'" if raised else "the app returns as if nothing had happened"
            because = "The traceback of this crash is in no log of the server."
            raise expect(answer).fails(
                f"that the {kind} reaches the server, with its text", seen, because
            )


@criterion(task=3)
async def test_begun_answers_break_off(client: httpx.AsyncClient) -> None:
    """An answer that has begun breaks off at an error, and the server gets an exception."""
    for number in (2, 3):
        answer = await finish(await client.get(f"/stations/{number}/log"))
        exchange, did = exchange_of(answer), answer.extensions["did"]
        first = '{"event": "opened"}\n'
        if (answer.status_code, answer.text) != (200, first):
            seen = f"status {answer.status_code} with the body {answer.text}"
            raise Failure(f"status 200 with the body {first}and nothing more", seen, did)
        if not exchange.broken:
            because = "A client takes this for a whole log."
            raise Failure("that the answer is broken off", "it ends as usual", did, because)
        if exchange.raised is None:
            seen = "the app returns as if nothing had happened"
            raise Failure("that an exception reaches the server", seen, did)


@criterion(task=1)
async def test_any_error_keeps_envelope(oracle: Oracle) -> None:
    """Whatever goes wrong, the answer is the promised one; answers below 400 stay as they are."""
    await oracle.compare()
