"""Matchers tell right from wrong by themselves: responses and evidence here are made by hand."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from dojo.grader import differences, expectations
from dojo.grader.expectations import (
    EvidenceExpectation,
    ResponseExpectation,
    call_ended,
    expect,
    expect_events,
    logged,
    marked,
    response_ended,
    response_started,
    same_json,
)
from dojo.grader.sql_statements import (
    StatementsExpectation,
    count_checked_out,
    expect_statements,
    read_statements,
)
from dojo.harness.evidence import Cancelled, Event, Evidence, Log, RaisedError, Returned, Sent
from dojo.harness.failures import Failure, Location

ENDPOINT = (Location("app/main.py", 7, "read"),)
LINE = (Location("app/main.py", 9, "work"),)
HISTORY = ["GET /a", "GET /b"]


def exchange(number: int = 1, **fields: Any) -> Any:
    """Make the exchange of one call."""
    known = {
        "number": number,
        "began": 0,
        "broken": False,
        "raised": None,
        "locations": (),
        "endpoint": ENDPOINT,
    }
    return SimpleNamespace(**known | fields)


def respond(
    content: str | bytes = "", status: int = 200, *events: Event, **fields: Any
) -> httpx.Response:
    """Make a response, with what its host has said."""
    host = SimpleNamespace(evidence=collect(*events), history=HISTORY)
    extensions = {"exchange": exchange(**fields), "host": host, "did": ["GET /b"]}
    headers = {"x-size": "3", "content-type": "text/plain; charset=utf-8"}
    content = content.encode() if isinstance(content, str) else content
    return httpx.Response(status, headers=headers, content=content, extensions=extensions)


def collect(*events: Event) -> Evidence:
    """Make evidence of these events."""
    evidence = Evidence()
    for event in events:
        evidence.append(event)
    return evidence


def log(logger: str, message: str, call: int | None = 1, level: str = "INFO", **more: Any) -> Log:
    """Make the event of a log record."""
    return Log(kind="log", logger=logger, level=level, message=message, fields=more, call=call)


def sent(kind: str, call: int = 1, **more: Any) -> Sent:
    """Make an ASGI event that the app sent."""
    return Sent(kind="send", call=call, event={"type": f"http.response.{kind}", **more})


def watch(*events: Event) -> EvidenceExpectation:
    """Start expectations of a host that has said this."""
    return expect_events(SimpleNamespace(evidence=collect(*events), history=HISTORY))  # type: ignore[arg-type]


def missed(check: Callable[[], object]) -> Failure:
    """Check something that is not so; give the failure."""
    with pytest.raises(Failure) as caught:
        check()
    return caught.value


def tell(check: Callable[[], object]) -> tuple[str, str, str]:
    """Check something that is not so; give what was expected and seen, and why."""
    failure = missed(check)
    return failure.expected, failure.seen, failure.because


GONE = 'status 404 Not Found with the body "gone"'
NOTHING = "status 200 OK with an empty body"
BODY = 'the body: {"a": [1]}'
ONE = 'status 200 OK with the body {"a": [1]}'
MISSES: dict[str, tuple[httpx.Response, Callable[[ResponseExpectation], object], str, str]] = {
    "status": (respond('"gone"', 404), lambda r: r.status(200, "B."), "status 200 OK", GONE),
    "odd status": (
        respond("", 200),
        lambda r: r.status(299, "B."),
        "status 299",
        NOTHING,
    ),
    "header": (
        respond(),
        lambda r: r.header("x-size", "4", "B."),
        "header 'x-size: 4'",
        "header 'x-size: 3'",
    ),
    "missing header": (
        respond(),
        lambda r: r.header("x-other", "4", "B."),
        "header 'x-other: 4'",
        "no header 'x-other'",
    ),
    "unwanted header": (
        respond(),
        lambda r: r.header("x-size", None, "B."),
        "no header 'x-size'",
        "header 'x-size: 3'",
    ),
    "json": (respond('{"a": [1]}'), lambda r: r.json([], "B."), "the body: []", BODY),
    "json at": (
        respond('{"a": [1]}'),
        lambda r: r.json_at("a", 0, equals=1.0, because="B."),
        "a[0]: 1.0",
        "a[0]: 1",
    ),
    "text": (
        respond("a"),
        lambda r: r.text("b", "B."),
        "the body 'b'",
        "status 200 OK with the body a",
    ),
    "without": (
        respond("abc"),
        lambda r: r.without("b", "B."),
        "a body without 'b'",
        "status 200 OK with the body abc",
    ),
    "fails": (respond(), lambda r: (_ for _ in ()).throw(r.fails("e", "s", "B.")), "e", "s"),
}


@pytest.mark.parametrize("name", MISSES)
def test_miss_is_told_whole(name: str) -> None:
    """A miss says what was done, expected and seen, why it matters, and where."""
    response, check, expected, seen = MISSES[name]
    failure = missed(lambda: check(expect(response)))

    assert (failure.expected, failure.seen, failure.because) == (expected, seen, "B.")
    assert (list(failure.did), failure.where) == (["GET /b"], ENDPOINT)


def test_match_says_nothing() -> None:
    """What is as expected is accepted, and expectations chain."""
    response = expect(respond('{"a": [1], "b": "x"}'))

    assert response.status(200) is response
    assert response.header("x-size", "3").header("x-other", None) is response
    assert response.json({"b": "x", "a": [1]}).json_at("a", 0, equals=1) is response
    assert response.text('{"a": [1], "b": "x"}').without("y") is response


def test_exception_is_nearest_location() -> None:
    """The line of an exception is more telling than the route."""
    raised = RaisedError(type="ValueError", message="no price", locations=[])
    failure = missed(lambda: expect(respond("", 500, raised=raised, locations=LINE)).status(200))

    assert failure.seen == "status 500 Internal Server Error, raised by ValueError: no price"
    assert failure.where == LINE


def test_half_response_meets_nothing() -> None:
    """A response that breaks off is told as that, with the exception if there was one."""
    raised = RaisedError(type="ValueError", message="", locations=[])
    plain = missed(lambda: expect(respond("a", broken=True)))
    with_error = missed(lambda: expect(respond("a", broken=True, raised=raised)))

    broken = "the response ends in the middle of its body"
    assert (plain.expected, plain.seen, plain.because) == ("a complete response", broken, "")
    assert with_error.seen == f"{broken} with ValueError"


LOCATIONS = '{"detail": [{"loc": ["body", "a"]}, {"loc": ["body", "b"]}]}'


def test_culprit_is_exact() -> None:
    """A 422 names exactly the one place, or one that begins alike."""
    one = expect(respond('{"detail": [{"loc": ["body", "items", 0]}]}', 422))
    two = expect(respond(LOCATIONS, 422))

    assert one.invalid_at("body", "items", 0) is one
    assert two.invalid_within("body") is two
    assert tell(lambda: two.invalid_at("body", "a", because="B.")) == (
        'status 422 whose only \'loc\' is ["body", "a"]',
        'status 422 whose \'loc\' is ["body", "a"] and ["body", "b"]',
        "B.",
    )
    assert tell(lambda: two.invalid_within("query", because="B.")) == (
        "status 422 with each 'loc' beginning with 'query'",
        'status 422 whose \'loc\' is ["body", "a"] and ["body", "b"]',
        "B.",
    )


@pytest.mark.parametrize(
    "body",
    ["[]", '{"detail": "no"}', '{"detail": []}', '{"detail": ["a"]}', '{"detail": [{"loc": 1}]}'],
)
def test_other_error_forms_are_told(body: str) -> None:
    """A 422 in another form than FastAPI's is no list of culprits."""
    response = expect(respond(body, 422))
    expected = "a 'detail' that lists the errors, each with its 'loc'"

    for check in (response.invalid_at, response.invalid_within):
        told = tell(lambda check=check: check("body", because="B."))  # type: ignore[misc]
        assert told[::2] == (expected, "B.")


def test_culprit_needs_status() -> None:
    """A right list with another status is no 422."""
    told = tell(lambda: expect(respond(LOCATIONS, 400)).invalid_within("body", "B."))

    assert told[0].startswith("status 422 ")
    assert told[2] == "B."


@pytest.mark.parametrize("body", ["", "{", "NaN", "[-Infinity]", "[" * 100_000])
def test_broken_json_is_told(body: str) -> None:
    """What is no JSON, or a number that JSON lacks, is told as that."""
    assert tell(lambda: expect(respond(body)).read_json())[::2] == ("a JSON body", "")
    if body:
        lines = "one JSON value on each line of the body"
        assert tell(lambda: expect(respond(body)).read_lines())[::2] == (lines, "")


def test_missing_path_is_told() -> None:
    """A path that leads nowhere is named, whichever step is missing."""
    response = expect(respond('{"a": [1]}'))

    for path in (("b",), ("a", 1), ("a", 0, "x"), ("a", "x")):
        shown = expectations.show_path(path)
        assert tell(lambda path=path: response.read_json(*path)) == (  # type: ignore[misc]
            f"a JSON body with {shown}",
            'status 200 OK with the body {"a": [1]}',
            "",
        )
    assert response.read_json("a", 0) == 1


def test_lines_are_split_at_newlines_only() -> None:
    """Blank lines are passed over, and other separators belong to the text."""
    assert expect(respond('1\n\n{"a": "\u2028"}\n')).read_lines() == [1, {"a": "\u2028"}]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (9, 9, True),
        (9, 9.0, False),
        (1, True, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1}, {"a": True}, False),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, False),
        ([1, 2], [1, 2], True),
        ([1, 2], [1], False),
        ([1, 2], [1, 2.0], False),
        ("a", "b", False),
        (None, None, True),
    ],
)
def test_json_is_compared_by_type(one: Any, other: Any, same: bool) -> None:
    """Values are the same only if their types are, at any depth; keys have no order."""
    assert same_json(one, other) is same


def test_values_are_shown_in_words() -> None:
    """Paths, values, codes and numbers are written as people write them."""
    assert expectations.show_path(("items", 0, "price")) == "'items[0].price'"
    assert differences.show_json({"a": "ä"}) == '{"a": "ä"}'
    assert [expectations.describe_number(n) for n in (1, 2, 3)] == ["once", "twice", "3 times"]
    assert [expectations.describe_code(c) for c in (404, 299)] == ["404 Not Found", "299"]


@pytest.mark.parametrize(("length", "cut"), [(600, False), (601, True)])
def test_long_body_is_cut(length: int, cut: bool) -> None:
    """A body is shown up to a length that can be read."""
    shown = expectations.describe_response(respond("a" * length))

    assert shown == f"status 200 OK with the body {'a' * 600}{'…' if cut else ''}"


def test_odd_charset_is_read_as_utf8() -> None:
    """A charset that is none for text does no harm."""
    response = respond("ä".encode() + b"\xff")
    response.default_encoding = "hex"
    del response.headers["content-type"]

    assert expectations.read_text(response) == "ä\ufffd"


OPENED = log("kata.session", "opened", number=1)
CLOSED = log("kata.session", "closed", number=1)
OPEN_SIGN = logged("kata.session", "opened")
CLOSE_SIGN = logged("kata.session", "closed")


@pytest.mark.parametrize(
    ("event", "found"),
    [
        (OPENED, True),
        (CLOSED, False),
        (log("kata.session", "opened", number=2), False),
        (log("kata.session", "opened"), False),
        (log("kata.other", "opened", number=1), False),
        (Returned(kind="returned", call=1), False),
    ],
)
def test_record_is_found_by_all_parts(event: Event, found: bool) -> None:
    """Logger, message and each named field have to fit."""
    matcher = logged("kata.session", "opened", number=1)

    assert collect(event).find(matcher) == ([event] if found else [])


def test_signs_have_words() -> None:
    """A sign is told by its logger and message, or in words of the grader's own."""
    one: Any = exchange()
    mark = Evidence().mark("the client left")

    assert str(OPEN_SIGN) == "session opened"
    assert str(logged("kata.a.session", "opened", "it opens")) == "it opens"
    assert str(response_started(one)) == "the response starts"
    assert str(response_ended(one)) == "the last byte is sent"
    assert str(call_ended(one)) == "the app is done with the request"
    assert str(marked(mark)) == "the client left"


def test_response_has_start_and_end() -> None:
    """Start and end are those of the one call, the end is the last part of the body."""
    one: Any = exchange(1)
    start, middle, end = sent("start"), sent("body", more_body=True), sent("body")
    evidence = collect(sent("start", 2), start, sent("body", 2), middle, end, OPENED, sent("debug"))

    assert evidence.find(response_started(one)) == [start]
    assert evidence.find(response_ended(one)) == [end]
    assert collect(sent("body", more_body=False)).find(response_ended(one)) != []


def test_call_ends_in_three_ways() -> None:
    """A call ends by returning, raising or being cancelled; other calls do not count."""
    one: Any = exchange(1)
    returned, cancelled = Returned(kind="returned", call=1), Cancelled(kind="cancelled", call=1)
    evidence = collect(Returned(kind="returned", call=2), sent("body"), returned, cancelled)

    assert evidence.find(call_ended(one)) == [returned, cancelled]


def test_mark_is_found_by_identity() -> None:
    """Two moments with the same words are not each other."""
    evidence = Evidence()
    first, second = evidence.mark("left"), evidence.mark("left")

    assert evidence.find(marked(second)) == [second]
    assert first != second


@pytest.mark.parametrize(
    ("times", "number", "expected", "seen"),
    [
        (0, 1, "that session opened once", "that never happens"),
        (2, 1, "that session opened once", "that happens twice"),
        (1, 0, "that session opened at no time", "that happens once"),
        (1, 3, "that session opened 3 times", "that happens once"),
    ],
)
def test_wrong_count_is_told(times: int, number: int, expected: str, seen: str) -> None:
    """A sign that is there more or less often than expected is told with both numbers."""
    events = [log("kata.session", "opened") for _ in range(times)]
    failure = missed(lambda: watch(*events).count(OPEN_SIGN, number, "B.", LINE))

    assert (failure.expected, failure.seen) == (expected, seen)
    assert (failure.because, failure.where, list(failure.did)) == ("B.", LINE, HISTORY)


def test_never_means_not_once() -> None:
    """What should not happen is told with its reason if it does."""
    assert tell(lambda: watch(OPENED).never(OPEN_SIGN, "B."))[2] == "B."
    seen = watch(CLOSED)
    assert seen.never(OPEN_SIGN) is seen.count(CLOSE_SIGN, 1) is seen


def test_order_is_kept() -> None:
    """Each sign comes after all of the one before it."""
    seen = watch(OPENED, CLOSED)
    assert seen.order(OPEN_SIGN, CLOSE_SIGN) is seen

    late = log("kata.session", "opened", number=2)
    failure = missed(
        lambda: watch(OPENED, CLOSED, late).order(OPEN_SIGN, CLOSE_SIGN, because="B.", where=LINE)
    )
    assert failure.expected == "session opened, then session closed"
    assert failure.seen == "session opened, then session closed, then session opened"
    assert (failure.because, failure.where) == ("B.", LINE)


def test_missing_sign_is_told() -> None:
    """A sign that is not there at all is named."""
    failure = missed(lambda: watch(OPENED).order(OPEN_SIGN, CLOSE_SIGN, because="B.", where=LINE))

    assert failure.expected == "session opened, then session closed"
    assert (failure.seen, failure.because) == ("this never happens: session closed", "B.")
    assert failure.where == LINE


def run_sql(sql: str, rows: int = 0, call: int = 1) -> list[Event]:
    """Make what SQLAlchemy logs of one statement."""
    engine = "sqlalchemy.engine.Engine"
    fetched = [log(engine, f"Row ({n},)", call, "DEBUG") for n in range(rows)]
    return [log(engine, sql, call), log(engine, "[generated in 0.1s] ()", call), *fetched]


BOOKS = [*run_sql("SELECT a\n  FROM books", 2), *run_sql("SELECT b", 1), *run_sql("SELECT b")]


def test_statements_are_those_of_call() -> None:
    """Statements come with their rows, in order; those of other calls are not among them."""
    begin = log("sqlalchemy.engine.Engine", "BEGIN (implicit)")
    early = log("sqlalchemy.engine.Engine", "Row (1,)", 1, "DEBUG")
    wrong = [
        log("sqlalchemy.engine.Engine", "Row (1,)"),
        log("sqlalchemy.engine", "Col ()", 1, "DEBUG"),
    ]
    debug = log("sqlalchemy.engine.Engine", "[raw]", 1, "DEBUG")
    evidence = collect(early, *run_sql("SELECT c", 3, call=2), begin, *BOOKS, *wrong, debug)
    found = read_statements(evidence, exchange(1))

    assert [(each.sql, each.rows) for each in found] == [
        ("SELECT a FROM books", 2),
        ("SELECT b", 1),
        ("SELECT b", 0),
    ]


def test_too_many_statements_are_told() -> None:
    """More statements or rows than allowed are told with all that was executed."""
    asked = expect_statements(respond("", 200, *BOOKS))
    shown = "3 statements, 3 rows:\n2 ×, 1 row: SELECT b\n1 ×, 2 rows: SELECT a FROM books"
    failure = missed(lambda: asked.at_most(2, "B."))

    assert asked.at_most(3).rows_at_most(3) is asked
    assert (failure.expected, failure.seen) == ("at most 2 SQL statements", shown)
    assert (failure.because, failure.where, list(failure.did)) == ("B.", ENDPOINT, HISTORY)
    expected = "at most 1 row fetched from the database"
    assert tell(lambda: asked.rows_at_most(1, "B.")) == (expected, shown, "B.")


def fetch(*rows: str) -> StatementsExpectation:
    """Give the statements behind a response, of which one fetched these rows."""
    engine = "sqlalchemy.engine.Engine"
    fetched = [log(engine, f"Row {row}", 1, "DEBUG") for row in rows]
    return expect_statements(respond("", 200, *run_sql("SELECT a"), *fetched))


def test_statements_with_token_count() -> None:
    """What SQLAlchemy logs with a token of the submission's is read as without one."""
    engine = "sqlalchemy.engine.Engine"
    events = [
        log(engine, "[page] SELECT a", 1),
        log(engine, "[page] [cached since 0.1s ago] ()", 1),
        log(engine, "[page] Row (1,)", 1, "DEBUG"),
    ]
    asked = expect_statements(respond("", 200, *events))

    assert (asked.count, asked.rows) == (1, 1)


def test_values_without_row_are_told() -> None:
    """A value that stands for itself in no row is missed; whatever was cut may have held it."""
    asked = fetch("('Ada', 437)", "('Bela', 3.438)")
    seen = "1 statement, 2 rows:\n1 ×, 2 rows: SELECT a"

    assert asked.rows_contain(["Ada", 437], "B.") is asked
    assert tell(lambda: asked.rows_contain(["Ada", "Bel"], "B.")) == (
        "a row with 'Bel' in the log of the engine",
        seen,
        "B.",
    )
    assert missed(lambda: asked.rows_contain([438]))
    assert fetch("('[… (90 characters truncated) …]',)").rows_contain(["Bel"])


def test_texts_in_rows_are_told() -> None:
    """A text that should stay in the database is missed by no row."""
    asked = fetch("('Ada', 'Read it! ba')")
    seen = "1 statement, 1 row:\n1 ×, 1 row: SELECT a"

    assert asked.rows_lack("Bela", "B.") is asked
    assert tell(lambda: asked.rows_lack("Read it!", "B.")) == ("no row with 'Read it!'", seen, "B.")


def test_length_counts_what_was_cut() -> None:
    """Rows are as long as they are written, and as what SQLAlchemy has left out of them."""
    assert fetch("(1,)").length == len("Row (1,)")
    assert fetch("(90 characters truncated)").length == len("Row (90 characters truncated)") + 90


def test_many_statements_are_shortened() -> None:
    """Of very many or very long statements, the most frequent and their ends are shown."""
    events: Sequence[Event] = [
        each for n in range(8) for each in run_sql(f"SELECT {n} {'x' * (160 - 9)}")
    ]
    long = expect_statements(respond("", 200, *run_sql(f"a{'x' * 159}b"))).describe()
    lines = expect_statements(respond("", 200, *events)).describe().splitlines()

    assert long.endswith(f"1 ×, 0 rows: a{'x' * 79} … {'x' * 79}b")
    assert (len(lines), lines[-1]) == (8, "and 2 others")
    assert lines[1] == f"1 ×, 0 rows: SELECT 0 {'x' * 151}"
    six = [each for n in range(6) for each in run_sql(f"SELECT {n}")]
    assert len(expect_statements(respond("", 200, *six)).describe().splitlines()) == 7


def test_missing_sql_is_told() -> None:
    """An answer that did not ask the database is no answer from it."""
    assert tell(lambda: expect_statements(respond())) == (
        "SQL statements that go through SQLAlchemy's engine",
        "none for this request",
        "",
    )


def test_connections_are_balanced() -> None:
    """Connections that were taken and not returned are out of the pool."""
    pool = "sqlalchemy.pool.impl.QueuePool"
    taken = log(pool, "Connection <x> checked out from pool")
    returned = log(pool, "Connection <x> being returned to pool")
    other = log(pool, "Connection <x> reset")

    assert count_checked_out(collect(taken, taken, other, returned, OPENED)) == 1
