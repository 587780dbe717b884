"""What was seen is told in order, on one line each, defused and cut."""

from typing import Any

import pytest

from dojo.grader.trace_moments import describe_moments
from dojo.harness.evidence import Event, read_event
from dojo.harness.failures import Location
from dojo.harness.temporary_folders import open_run_folder
from dojo.harness.trace_recorder import Ended, Noted, Observation, Pushed, Stood
from dojo.model.traces import LONGEST_TEXT, Edge, Moment
from dojo.output.trace_lanes import describe_moment

HOSTILE = "\x1b[2J\u202e\u2066</li><script>alert(1)</script>\x00\u2028\ud800"


def start(number: int = 2, path: str = "/shelves", **scope: Any) -> Pushed:
    """Make the frame with which a request begins."""
    given = {
        "type": "http",
        "method": "GET",
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
    }
    return Pushed({"kind": "start", "call": number, "scope": given | scope, "acknowledge": False})


def push(*events: dict[str, Any], number: int = 2) -> Pushed:
    """Make the frame with which something arrives at the app."""
    return Pushed({"kind": "events", "call": number, "events": events})


def answer(body: bytes, number: int = 2, *, more: bool = False) -> list[Event]:
    """Make the events of an answer."""
    head = {"type": "http.response.start", "status": 200, "headers": [[b"content-length", b"9"]]}
    rest = {"type": "http.response.body", "body": body, "more_body": more}
    return [
        read_event({"kind": "send", "call": number, "event": each, "endpoint": None})
        for each in (head, rest)
    ]


def over(number: int = 2) -> Event:
    """Make the event that a call has returned."""
    return read_event({"kind": "returned", "call": number})


def log(
    message: str, logger: str = "kata.session", call: int | None = 2, **fields: object
) -> Event:
    """Make the event of a log record."""
    return read_event(
        {
            "kind": "log",
            "logger": logger,
            "level": "INFO",
            "message": message,
            "fields": fields,
            "call": call,
        }
    )


def tell(*subjects: Any, instances: int = 1) -> list[Moment]:
    """Tell of what was seen of the first host."""
    with open_run_folder() as folder:
        return describe_moments([Observation(1, 1, each) for each in subjects], folder, instances)


def write(*subjects: Any) -> list[str]:
    """Tell of what was seen, each moment in a line."""
    return [f"{each.edge} {each.span}: {describe_moment(each)}" for each in tell(*subjects)]


def test_answered_request_takes_two_moments() -> None:
    """A request with its body is one moment, and its answer, which ends it, is the other."""
    body = push({"type": "http.request", "body": b'{"a":1}', "more_body": False})

    assert write(start(method="POST"), body, *answer(b"[]"), over()) == [
        'begin request 1: POST /shelves {"a":1}',
        "end request 1: answers 200 []",
    ]


def test_what_happens_after_answer_stands_below() -> None:
    """A session that is closed after the answer is closed below it, and before the end."""
    opened, closed = log("opened", session=7), log("closed", session=7)

    assert write(start(), opened, *answer(b"[]"), closed, over()) == [
        "begin request 1: GET /shelves",
        "begin session 7: opened (request 1)",
        "within request 1: answers 200 []",
        "end session 7: closed (request 1)",
        "end request 1: is over",
    ]


def test_chunks_are_told_one_by_one() -> None:
    """Each piece of a body that is streamed is a moment of its own."""
    head, first = answer(b"one", more=True)
    _, last = answer(b"two")

    assert write(start(), head, first, last)[1:] == [
        "within request 1: answers 200",
        "within request 1: sends one",
        "within request 1: sends two",
    ]


def test_repeated_moment_is_counted() -> None:
    """The same thing in succession is told once, with its number."""
    reads = [log("read", session=7)] * 3

    assert write(start(), *reads)[1:] == [
        "begin session 7: read (request 1)",
        "within session 7: read (request 1, 2 times)",
    ]


def test_statement_has_its_rows() -> None:
    """A statement and the rows that it gave are one moment; parameters, with a time, are none."""
    engine = "sqlalchemy.engine.Engine"
    messages = ["SELECT 1\nFROM a", "[generated in 0.1s] ()", "Col ('x',)", "Row (1,)", "Row (2,)"]
    records = [log(each, engine) for each in messages]

    assert write(start(), *records)[1:] == ["within : SELECT 1 FROM a (request 1, 2 rows)"]


def test_killed_host_ends_its_requests() -> None:
    """What was under way when a process was killed is over, and nothing else is."""
    moments = tell(start(), Ended(killed=True), instances=2)

    assert [each.text for each in moments] == [
        "GET /shelves at instance 1",
        "instance 1 is killed (SIGKILL)",
        "ends with its process",
    ]
    assert moments[-1].edge is Edge.END


def test_silence_says_where() -> None:
    """Where the app stands is told by file and line, without the code of given files."""
    place = Location("app/main.py", 3, "read", "secret = 1")

    assert write(Stood((place, place), "the app's event loop stands still")) == [
        "within : the app is silent: the app's event loop stands still (app/main.py:3)"
    ]


def test_commands_are_no_notes() -> None:
    """What a criterion notes of its requests is left out: they have moments of their own."""
    assert write(Noted("curl -i http://127.0.0.1:8000/"), Noted("the partner is well")) == [
        "within : the partner is well"
    ]


@pytest.mark.parametrize(
    "subjects",
    [
        (start(path="/x"), *answer((HOSTILE * 9000).encode("utf-8", "surrogatepass"))),
        (start(path="/x"), log(HOSTILE * 9000, "kata.session", session=HOSTILE * 90)),
        (start(path="/x"), log(HOSTILE * 9000, "app" + HOSTILE)),
        (start(headers=[(b"x-a", b"\x1b[2J" * 9000)] * 200),),
    ],
    ids=["body", "record", "logger", "headers"],
)
def test_hostile_text_is_defused_and_cut(subjects: tuple[Any, ...]) -> None:
    """Escapes, marks of direction and megabytes reach nobody."""
    texts = [text for each in tell(*subjects) for text in (each.text, each.span, each.lane)]

    assert all(text.isprintable() for text in texts)
    assert all(len(text) <= LONGEST_TEXT + 10 for text in texts)
    assert "\\x1b" in "".join(texts)
