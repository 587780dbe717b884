"""Evidence is a list that only grows, of frames that fit their model exactly."""

import asyncio
from dataclasses import FrozenInstanceError
from types import SimpleNamespace
from typing import Any

import pytest

from dojo.harness import evidence as module
from dojo.harness.evidence import Evidence, Log, Mark, Matcher, RaisedError, Sent, read_event
from dojo.harness.failures import SubmissionError

ERROR = {"type": "ValueError", "message": "no", "locations": [{"file": "app/main.py"}]}
FRAMES: list[dict[str, Any]] = [
    {"kind": "send", "call": 1, "event": {"type": "x"}, "endpoint": {"line": 1}},
    {"kind": "send", "call": 1, "event": {"type": "x"}},
    {"kind": "send", "call": 1, "event": {"type": "x"}, "endpoint": None},
    {"kind": "waiting", "call": 1, "arrived": 2},
    {"kind": "returned", "call": 1},
    {"kind": "cancelled", "call": 1},
    {"kind": "raised", "call": 1, "error": ERROR},
    {
        "kind": "log",
        "logger": "kata",
        "level": "INFO",
        "message": "m",
        "fields": {"a": 1, "b": None, "c": True, "d": "x", "e": 0.5},
        "call": None,
    },
    {"kind": "warning", "category": "UserWarning", "message": "m", "file": "a.py", "line": 3},
    {"kind": "output", "stream": "stdout", "text": "a", "truncated": False},
    {"kind": "output", "stream": "stderr", "text": "a", "truncated": True},
    {"kind": "where", "tasks": [{"file": "a"}], "threads": [{"file": "a"}], "causes": ["lock"]},
    {"kind": "cut_off", "records": 3},
    {"kind": "moved", "at": 2.0},
    {"kind": "settled", "workers": 0},
    {"kind": "begun", "call": 1},
    {"kind": "object_count", "objects": {"a.B": 2}, "blocks": 3},
    {"kind": "served", "started": True},
    {"kind": "died", "error": ERROR},
]
BROKEN = "The app broke its connection to the grader."


def log(logger: str, message: str = "m", **fields: Any) -> Log:
    """Make a record."""
    return Log(kind="log", logger=logger, level="INFO", message=message, fields=fields, call=1)


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame["kind"])
def test_frame_becomes_event(frame: dict[str, Any]) -> None:
    """A frame is read as it is; only what may be absent has a default."""
    event = read_event(frame)

    assert event.model_dump(exclude_unset=True) == frame
    assert event.position == -1


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame["kind"])
def test_misshapen_frame_is_refused(frame: dict[str, Any]) -> None:
    """A frame that lacks a part, has one more, or one of another type, breaks the protocol."""
    optional = {"endpoint"}
    lacking = [{k: v for k, v in frame.items() if k != name} for name in frame.keys() - optional]
    other = [{**frame, name: object()} for name in frame]
    loose = [{**frame, name: str(v)} for name, v in frame.items() if not isinstance(v, str)]

    for each in (*lacking, *other, *loose, {**frame, "more": 1}, {**frame, "kind": "mark"}):
        with pytest.raises(SubmissionError) as raised:
            read_event(each)
        assert (raised.value.kind, raised.value.message) == ("protocol", BROKEN)


@pytest.mark.parametrize("frame", [None, [], "x", {}, {"kind": "mark", "text": "left"}])
def test_other_frame_is_refused(frame: object) -> None:
    """What is no event of a host is refused, a mark of the grader's own too."""
    with pytest.raises(SubmissionError):
        read_event(frame)


def test_absent_endpoint_is_none() -> None:
    """Where no endpoint is told, there is none."""
    event = read_event({"kind": "send", "call": 1, "event": {}})

    assert isinstance(event, Sent)
    assert event.endpoint is None


def test_fields_keep_their_types() -> None:
    """A number of a record stays the kind of number that it was."""
    fields: dict[str, Any] = {"a": 1, "b": 1.0, "c": True, "d": "1"}
    event = read_event(log("kata", **fields).model_dump(exclude_unset=True))

    assert isinstance(event, Log)
    assert repr(event.fields) == repr(fields)


def test_own_mistake_is_no_protocol_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes wrong in the grader while it reads a frame is not the submission's error."""

    def stumble(frame: object) -> object:
        raise KeyError(frame)

    monkeypatch.setattr(module, "_reader", SimpleNamespace(validate_python=stumble))

    with pytest.raises(KeyError):
        read_event({"kind": "returned", "call": 1})


def test_error_is_closed() -> None:
    """An exception has exactly the parts that the host describes it by."""
    for wrong in ({**ERROR, "more": 1}, {**ERROR, "type": b"A"}, {"type": "A", "message": ""}):
        with pytest.raises(SubmissionError):
            read_event({"kind": "died", "error": wrong})
    for missing in ("redis", None):
        error = {**ERROR, "missing": missing}
        assert read_event({"kind": "died", "error": error}).model_dump()["error"] == error


def test_error_reads_like_traceback() -> None:
    """An exception is written like the last line of a traceback."""
    assert str(RaisedError(type="KeyError", message="'a'", locations=[])) == "KeyError: 'a'"
    assert str(RaisedError(type="KeyError", message="", locations=[])) == "KeyError"
    assert RaisedError(type="KeyError", message="", locations=[]).missing is None


def test_events_have_positions() -> None:
    """Events keep the order in which they came, marks of the grader included."""
    evidence = Evidence()
    evidence.append(log("a"))
    mark = evidence.mark("the client left")
    evidence.append(log("b"))

    assert [event.position for event in evidence] == [0, 1, 2]
    assert (len(evidence), mark.position, mark.text, mark.kind) == (3, 1, "the client left", "mark")
    assert evidence.of(Mark) == [mark]


def test_evidence_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that causes too many events is told so, and nothing more is kept."""
    monkeypatch.setattr(module, "MOST_EVENTS", 2)
    evidence = Evidence()
    evidence.append(log("a"))
    evidence.append(log("a"))
    with pytest.raises(SubmissionError) as raised:
        evidence.append(log("a"))

    assert len(evidence) == 2
    assert raised.value.kind == "protocol"
    assert raised.value.message == "The app caused more than 2 events in one run."


def test_bound_is_generous() -> None:
    """A long honest run has room, an endless one does not."""
    assert module.MOST_EVENTS == 50_000


def test_records_are_found_below_logger() -> None:
    """A logger's records are its own and those of its children, with the wanted parts."""
    own, child = log("kata", "opened", n=1), log("kata.a", "closed", n=2)
    evidence = Evidence()
    for event in (own, child, log("katar"), log("other"), Mark(kind="mark", text="x")):
        evidence.append(event)

    assert evidence.logs("kata") == [own, child]
    assert evidence.logs("kata", "closed") == [child]
    assert evidence.logs("kata", n=1) == [own]
    assert evidence.logs("kata", n=1, m=2) == []
    assert evidence.logs("kata", "opened", n=2) == []


def test_sign_finds_what_it_matches() -> None:
    """A sign is its words, and finds all events that it matches."""
    evidence = Evidence()
    evidence.append(log("a"))
    evidence.append(log("b"))
    matcher = Matcher("b is there", lambda event: isinstance(event, Log) and event.logger == "b")

    assert str(matcher) == "b is there"
    assert [event.position for event in evidence.find(matcher)] == [1]


def test_sign_stays_as_it_is() -> None:
    """A grader cannot change by accident what a matcher means."""
    matcher = Matcher("b is there", lambda _: True)

    with pytest.raises(FrozenInstanceError):
        matcher.words = "a is there"  # type: ignore[misc]


async def test_waiting_ends_with_event() -> None:
    """Whoever waits for what evidence will show goes on when the event comes, and not before."""
    evidence = Evidence()
    waiting = asyncio.create_task(evidence.until(lambda: bool(evidence.logs("kata"))))
    await asyncio.sleep(0)
    evidence.mark("something else")
    await asyncio.sleep(0)
    before = waiting.done()
    evidence.append(log("kata"))
    await waiting

    assert not before
