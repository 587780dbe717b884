"""Each expectation that is not met says what was done, expected and seen, and where."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from dojo.grader import (
    Failure,
    exchange_of,
    expect,
    expect_events,
    logged,
    marked,
    open_client,
    response_ended,
    response_started,
    same_json,
)
from dojo.grader.expectations import ResponseExpectation
from dojo.harness.hosts import Host

from ..conftest import OpenSubmission, fetch

ECHO = """
import logging
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

app = FastAPI()
logger = logging.getLogger("kata.work")

@app.post("/echo")
async def echo(request: Request, status: int = 200, type: str = "application/json") -> Response:
    return Response(await request.body(), status, headers={"x-size": "3"}, media_type=type)

@app.get("/items")
async def list_items(limit: int) -> list[int]:
    return [limit]

@app.get("/broken")
async def break_off() -> StreamingResponse:
    async def fail():
        yield b"begun"
        raise RuntimeError("half way")
    return StreamingResponse(fail())

@app.get("/error")
async def fail() -> None:
    raise ValueError("no price")

@app.get("/work")
async def work(times: int) -> None:
    for number in range(times):
        logger.info("opened", extra={"number": number})
        logger.info("closed", extra={"number": number})
"""


@pytest.fixture
async def host(open_submission: OpenSubmission) -> Host:
    """Give an app that answers what it is sent."""
    return await open_submission(ECHO).open()


async def echo(host: Host, body: bytes | str, **query: Any) -> ResponseExpectation:
    """Have a body sent back; give what can be expected of it."""
    return expect(await fetch(host, "/echo", method="POST", content=body, params=query))


def missed(check: Callable[[], object]) -> Failure:
    """Check something that is not so; give the failure."""
    with pytest.raises(Failure) as caught:
        check()
    return caught.value


async def test_status_is_told_with_the_body(host: Host) -> None:
    """A wrong status is told with its phrase and the body."""
    response = await echo(host, '"gone"', status=404)

    failure = missed(lambda: response.status(200, "It is there."))

    assert list(failure.did) == [
        "curl -i -X POST -d '\"gone\"' 'http://127.0.0.1:8000/echo?status=404'"
    ]
    assert failure.expected == "status 200 OK"
    assert failure.seen == 'status 404 Not Found with the body "gone"'
    assert failure.because == "It is there."
    assert failure.where[0].code.startswith("async def echo(")


async def test_met_expectations_chain(host: Host) -> None:
    """Expectations that are met say nothing and can be chained."""
    response = await echo(host, '{"price": 9, "tags": ["a"]}')

    response.status(200).header("x-size", "3").header("x-other", None)
    response.json({"tags": ["a"], "price": 9}).json_at("tags", 0, equals="a")
    response.without("9.0").text('{"price": 9, "tags": ["a"]}')

    assert response.read_json("price") == 9


async def test_odd_status_is_told(host: Host) -> None:
    """A status that has no phrase is told by its number, an empty body as empty."""
    response = await echo(host, "", status=299)

    assert missed(lambda: response.status(200)).seen == "status 299 with an empty body"


async def test_exception_is_told_with_its_line(host: Host) -> None:
    """A 500 is told with the exception behind it and the learner's own line."""
    response = expect(await fetch(host, "/error"))

    failure = missed(lambda: response.status(200))

    assert "ValueError: no price" in failure.seen
    assert failure.where[0].code == 'raise ValueError("no price")'


async def test_broken_response_is_a_failure(host: Host) -> None:
    """A response that breaks off in the middle meets no expectation at all."""
    response = await fetch(host, "/broken")

    failure = missed(lambda: expect(response))

    assert failure.expected == "a complete response"
    assert "RuntimeError: half way" in failure.seen
    assert failure.where[0].code == 'raise RuntimeError("half way")'


async def test_headers_are_told(host: Host) -> None:
    """A header that is missing, different or not wanted is told as that."""
    response = await echo(host, "{}")

    assert missed(lambda: response.header("x-size", "4")).seen == "header 'x-size: 3'"
    assert missed(lambda: response.header("x-other", "4")).seen == "no header 'x-other'"
    assert missed(lambda: response.header("x-size", None)).expected == "no header 'x-size'"


async def test_wrong_json_is_told(host: Host) -> None:
    """A wrong body is told beside the right one, a wrong value beside its path."""
    response = await echo(host, '{"items": [{"price": 9.0}]}')

    whole = missed(lambda: response.json({"items": []}))
    part = missed(lambda: response.json_at("items", 0, "price", equals=9))

    assert (whole.expected, whole.seen) == ("items: []", 'items: 1 element, [{"price": 9.0}]')
    assert (part.expected, part.seen) == ("items[0].price: 9", "items[0].price: 9.0")
    assert (whole.because, part.because) == ("", "")


async def test_refusal_is_told_whole(host: Host) -> None:
    """Where an error stands in place of the body, its status and text are told."""
    response = await echo(host, '{"detail": "full"}', status=409)

    failure = missed(lambda: response.json({"price": 9}))

    assert failure.expected == "price: 9\ndetail: no such key"
    assert failure.seen == 'status 409 Conflict with the body {"detail": "full"}'


async def test_target_of_redirect_is_told(open_submission: OpenSubmission) -> None:
    """A redirect that nobody asked for is told with the place it leads to."""
    host = await open_submission("""
        from fastapi import FastAPI

        app = FastAPI()

        @app.get("/items/")
        async def list_items() -> list[int]:
            return []
    """).open()
    response = expect(await fetch(host, "/items"))

    failure = missed(lambda: response.status(200))

    assert failure.seen.startswith("status 307 Temporary Redirect to 'http://")
    assert failure.seen.endswith("/items/' with an empty body")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no json",
        "NaN",
        "[Infinity]",
        '{"price": -Infinity}',
        "{'price': 9}",
        "[1,]",
        "[" * 100_000,
        "9" * 5000,
        b"\xff\xfe\xfd",
        b'"\x80"',
    ],
    ids=lambda body: repr(body[:12]),
)
async def test_body_must_be_json(host: Host, body: bytes | str) -> None:
    """What is no JSON, however it looks, is told as that."""
    response = await echo(host, body)

    assert missed(response.read_json).expected == "a JSON body"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ("{}", ("price",)),
        ("[]", (0,)),
        ("[1]", ("price",)),
        ('{"a": null}', ("a", "b")),
        ("7", ("a",)),
        ('{"0": 1}', (0,)),
        ('"text"', ("a",)),
    ],
)
async def test_missing_path_is_told(host: Host, body: str, path: tuple[str | int, ...]) -> None:
    """A path that leads nowhere is a failure, whatever the body is."""
    response = await echo(host, body)

    assert missed(lambda: response.read_json(*path)).expected.startswith("a JSON body with")
    assert missed(lambda: response.json_at(*path, equals=1)).expected.startswith("a JSON body with")


async def test_deep_nesting_is_no_fault(host: Host) -> None:
    """However deep a body is nested, the answer is a failure."""
    for depth in (200, 480, 900, 940, 960, 980, 1000, 3000, 50_000):
        response = await echo(host, "[" * depth + "]" * depth)

        assert missed(lambda r=response: r.json([]))  # type: ignore[misc]
        assert missed(lambda r=response: r.json_at(equals=[]))  # type: ignore[misc]
        assert missed(lambda r=response: r.json_at(0, equals=[]))  # type: ignore[misc]


async def test_odd_charset_is_no_fault(host: Host) -> None:
    """A charset that is none, or none for text, keeps no failure from being told."""
    for charset in ("hex", "zip", "rot13", "undefined", "nonsense", "utf-16", "idna", "punycode"):
        response = await echo(host, b"caf\xc3\xa9", type=f"text/plain; charset={charset}")

        assert "status 200 OK with" in missed(lambda r=response: r.status(404)).seen  # type: ignore[misc]


async def test_text_is_told(host: Host) -> None:
    """A body that is not the text, or holds it, is told; a long one is cut."""
    response = await echo(host, "secret" + "x" * 5000)

    assert missed(lambda: response.text("secret")).expected == "the body 'secret'"
    failure = missed(lambda: response.without("secret"))
    assert failure.expected == "a body without 'secret'"
    assert failure.seen.endswith("x…")
    assert len(failure.seen) < 1000


async def test_lines_are_read(host: Host) -> None:
    """Each line is a JSON value; separators inside of texts separate nothing."""
    response = await echo(host, '{"a": "x\u2028y\x85z"}\n\n7\r\n')

    assert response.read_lines() == [{"a": "x\u2028y\x85z"}, 7]


@pytest.mark.parametrize("body", ["7\nx", "7 8", "NaN", "[" * 100_000, "7\n\x00"])
async def test_lines_must_be_json(host: Host, body: str) -> None:
    """A line that is no JSON value is a failure."""
    response = await echo(host, body)

    assert missed(response.read_lines).expected == "one JSON value on each line of the body"


async def test_invalid_place_is_found(host: Host) -> None:
    """FastAPI's own 422 is recognised by where the culprit is."""
    response = expect(await fetch(host, "/items?limit=many"))

    response.invalid_at("query", "limit").invalid_within("query")

    failure = missed(lambda: response.invalid_at("query", "size"))
    assert failure.expected == """status 422 whose only 'loc' is ["query", "size"]"""
    assert failure.seen == """status 422 whose 'loc' is ["query", "limit"]"""
    assert missed(lambda: response.invalid_within("body"))


@pytest.mark.parametrize(
    "detail", [5, True, None, "text", {"loc": ["query"]}, [], [5], [{}], [{"loc": "query"}], [[1]]]
)
async def test_odd_details_are_failures(host: Host, detail: object) -> None:
    """A 422 in any other form is a failure."""
    response = await echo(host, json.dumps({"detail": detail}), status=422)

    assert missed(lambda: response.invalid_at("query", "limit"))
    assert missed(lambda: response.invalid_within("query"))


async def test_locations_are_compared_exactly(host: Host) -> None:
    """An index is no truth and no fraction."""
    for index in (True, 1.0, "1"):
        body = json.dumps({"detail": [{"loc": ["body", index]}]})
        response = await echo(host, body, status=422)

        assert missed(lambda r=response: r.invalid_at("body", 1))  # type: ignore[misc]


async def test_own_words_can_be_used(host: Host) -> None:
    """A grader can say in its own words what is wrong with a response."""
    response = await echo(host, "{}")

    failure = response.fails("a price", "no price", "Everything has one.")

    assert (failure.expected, failure.seen) == ("a price", "no price")
    assert str(failure) == "expected a price, seen no price"
    assert failure.did


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (9.0, 9),
        (True, 1),
        (False, 0),
        (None, False),
        ("1", 1),
        ([1], [1.0]),
        ([1], [1, 1]),
        ({"a": True}, {"a": 1}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": 1, "b": None}),
        ({}, []),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1.0}]}),
    ],
)
def test_json_differs_in_type(one: object, other: object) -> None:
    """Values that Python takes for equal are different where their JSON is."""
    assert not same_json(one, other)
    assert not same_json(other, one)
    assert same_json(one, one)


def test_json_order_of_keys_is_free() -> None:
    """The order of keys does not count, the order of items does."""
    assert same_json({"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 1})
    assert not same_json([1, 2], [2, 1])


OPENED, CLOSED = (logged("kata.work", each, f"it is {each}") for each in ("opened", "closed"))


async def test_number_of_events_is_told(host: Host) -> None:
    """Too many or too few events are told by their number."""
    response = await fetch(host, "/work?times=3")
    events = expect_events(host)

    events.count(OPENED, 3).never(logged("kata.work", "lost"))

    failure = missed(lambda: events.count(OPENED, 1, "Once is enough."))
    assert failure.expected == "that it is opened once"
    assert failure.seen == "that happens 3 times"
    assert failure.because == "Once is enough."
    assert list(failure.did) == ["curl -i 'http://127.0.0.1:8000/work?times=3'"]
    never = missed(lambda: events.never(OPENED))
    assert (never.expected, never.because) == ("that it is opened at no time", "")
    assert missed(lambda: events.count(logged("kata.work", "lost"), 2)).seen == "that never happens"
    assert response.status_code == 200


async def test_order_of_events_is_told(host: Host) -> None:
    """A wrong order is told beside the right one."""
    exchange = exchange_of(await fetch(host, "/work?times=1"))
    events = expect_events(host)

    events.order(OPENED, CLOSED, response_started(exchange), response_ended(exchange))

    failure = missed(lambda: events.order(CLOSED, OPENED))
    assert failure.expected == "it is closed, then it is opened"
    assert failure.seen == "it is opened, then it is closed"
    assert failure.because == ""
    missing = missed(lambda: events.order(OPENED, logged("kata.work", "lost", "it is lost")))
    assert "it is lost" in missing.seen


async def test_order_is_between_all(host: Host) -> None:
    """Every event of a matcher has to come after all of the one before."""
    await fetch(host, "/work?times=2")

    assert missed(lambda: expect_events(host).order(OPENED, CLOSED))


async def test_fields_choose_records(host: Host) -> None:
    """A sign may ask for fields of a record."""
    await fetch(host, "/work?times=2")
    first = logged("kata.work", "closed", number=0)
    second = logged("kata.work", "opened", number=1)

    expect_events(host).order(first, second)


async def test_marks_stand_between_events(host: Host) -> None:
    """A moment that the grader notes itself has its place in the order."""
    async with open_client(host) as client:
        early = exchange_of(await client.get("/work?times=0"))
        mark = host.evidence.mark("the door opens")
        late = exchange_of(await client.get("/work?times=0"))

    expect_events(host).order(response_ended(early), marked(mark), response_started(late))
