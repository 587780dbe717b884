"""Traffic of 44_correlation_id: ids of every kind, with requests that end in every way and overlap.

Not sent are two ids in one request, which the statement leaves open. All clients have the address
of a gateway: others are for a criterion.
"""

import re
from typing import Any

import httpx

from dojo.grader import (
    Change,
    Connect,
    Draw,
    Freedom,
    Hold,
    Labs,
    Leave,
    Message,
    Release,
    Request,
    Step,
    Together,
    Traffic,
    exchange_of,
    request,
)
from dojo.harness.barriers import Barrier, SelfOpeningBarrier
from dojo.harness.upstream import Received
from dojo.harness.upstream_protocol import Reply

LOGGER = "kata.ferries"
HEADER = "X-Request-ID"
FORM = re.compile(r"[A-Za-z0-9._-]{1,64}")
GOOD = (
    *("A", "0", "-", "..", "_._", "null", "Z" * 64, "R-17", "r-17"),
    *("550e8400-e29b-41d4-a716-446655440000", "2026-11-30.7_x"),
)
BAD = (
    *("", "x" * 65, "x" * 3000, "a b", "a\tb", "r-17,r-18", "r-17; a", "r:17", "a/b", "a+b", "~"),
    *("%41-7", "%41-7", 'r"17', "\\n", "<b>", "caf\xe9", "\xb2", "\xaa", "r-17\xa0"),
)
IDS = (*GOOD, *BAD, None)
BOOKINGS = "/sailings/1/bookings"
QUESTIONS: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/sailings/1", ...),
    ("GET", "/sailings/4711", ...),
    ("GET", "/sailings/first", ...),
    ("GET", "/sailings/1/", ...),
    ("GET", "/no-such-path", ...),
    ("PUT", "/sailings/1", ...),
    ("HEAD", "/sailings/1", ...),
    ("OPTIONS", "/sailings/1", ...),
    ("GET", "/sailings/2/passengers", ...),
    ("GET", "/sailings/3/load", ...),
    ("GET", "/sailings/4/load", ...),
    ("POST", BOOKINGS, {"passenger": "Zoe\u0308 \u212b"}),
    ("POST", BOOKINGS, {"passenger": ""}),
    ("POST", BOOKINGS, ...),
    ("GET", "/sailings/1/forecast", ...),
    ("GET", "/sailings/4711/forecast", ...),
)
FORECASTS = ("/sailings/1/forecast", "/sailings/2/forecast", "/sailings/3/forecast")
TWICE = "retried-17"
TOGETHER = len(FORECASTS)


def forecast(received: Received) -> Reply:
    """Answer as the weather service does."""
    return Reply.json({"port": received.path_parameters["port"], "wind": "none"})


def open_weather(labs: Labs, barrier: Barrier | None = None) -> None:
    """Let the weather service know every port, behind a barrier."""
    labs.upstream.on("GET", "/forecasts/{port}", forecast, barrier=barrier)


def prepare(labs: Labs) -> set[str]:
    """Open the weather service; give the place for the new ids that were seen."""
    open_weather(labs)
    return set()


def send(question: tuple[str, str, Any], request_id: str | None) -> Request:
    """Write a request with an id, or without one."""
    method, path, body = question
    headers = {} if request_id is None else {HEADER: request_id}
    return request(method, path, body=body, headers=headers, crashes="/4/load" in path)


def ask(draw: Draw) -> list[Request]:
    """Ask everything twice, in any order; each id has its turn."""
    questions = draw.sample((*QUESTIONS, *QUESTIONS), 2 * len(QUESTIONS))
    return [send(question, draw.deal(IDS)) for question in questions]


def meet(draw: Draw) -> list[Step]:
    """Ask for forecasts at the same moment; the weather service answers once all are inside."""
    ids = draw.sample(GOOD, TOGETHER - 1)
    asked = [
        send(("GET", path, ...), each)
        for path, each in zip(FORECASTS, draw.sample((*ids, None), TOGETHER), strict=True)
    ]
    words = f"the weather service answers once {TOGETHER} callers are inside"
    hold = Change(words, lambda labs: open_weather(labs, SelfOpeningBarrier(TOGETHER)))
    return [Together(asked, hold), Change("the weather service answers at once", open_weather)]


def overlap(draw: Draw) -> list[Step]:
    """Have two forecasts wait while others ask, one of them with an id that is there already."""
    asked = [
        send(("GET", path, ...), each)
        for path, each in zip(FORECASTS[:2], (TWICE, None), strict=True)
    ]
    booking = ("POST", BOOKINGS, {"passenger": draw.name()})
    return [
        Hold(asked, "both wait for the weather service", open_weather),
        send(draw.choice(QUESTIONS[:6]), TWICE),
        send(booking, draw.choice(BAD)),
        Release("the weather service answers"),
        send(QUESTIONS[0], TWICE),
    ]


def talk(draw: Draw) -> list[Step]:
    """Open two sessions at boards, talk in turn, and ask for one of a port that is not there."""
    one, other, third = (draw.word() for _ in range(3))
    ids = (draw.choice(GOOD), draw.choice(BAD))
    return [
        Connect(one, "/board?port=Kiel", {HEADER: ids[0]}),
        Connect(other, "/board?port=Oslo", {HEADER: ids[1]}),
        Message(one, [draw.word()]),
        send(draw.choice(QUESTIONS[:6]), None),
        Message(other, [draw.word()]),
        Connect(third, "/board?port=Atlantis", {HEADER: draw.choice(GOOD)}),
        Leave(one),
        Message(other, [draw.word()]),
        Leave(other),
    ]


def describe_id(found: list[str], sent: str | None, seen: set[str]) -> str:
    """Describe the ids of an answer: the sent one, a new one, or what is there instead."""
    if len(found) != 1:
        return " and ".join(found) or "none"
    known = found[0] in seen
    seen.add(found[0])
    if found[0] == sent:
        return f"'{sent}'"
    if sent and found[0] in sent:
        return f"'{found[0]}', a part of the sent one"
    return "a new one" if FORM.fullmatch(found[0]) and not known else f"'{found[0]}' again"


def watch(labs: Labs, response: httpx.Response) -> dict[str, Any]:
    """Tell which id an answer has, and what else has this id."""
    found = response.headers.get_list(HEADER)
    sent = response.request.headers.get(HEADER)
    raised = exchange_of(response).raised
    own = found[0] if len(found) == 1 else ""
    reports = [
        f"{log.message} {log.fields.get('about')}"
        for log in labs.host.evidence.logs(LOGGER)
        if log.fields.get("request_id") == own
    ]
    calls = [each.path for each in labs.upstream.requests if each.header(HEADER) == own]
    return {
        HEADER: describe_id(found, sent, labs.prepared),
        "the server gets": None if raised is None else raised.type.rpartition(".")[2],
        "reported with this id": sorted(reports),
        "the weather service is asked with this id": sorted(calls),
    }


def inspect(labs: Labs) -> dict[str, Any]:
    """Tell which ids the sessions of WebSockets have, and what was reported outside of all."""
    logs, seen = labs.host.evidence.logs(LOGGER), set(labs.prepared)
    talks = [log for log in logs if log.message in ("board asked for", "message")]
    sessions = []
    for asked in [log for log in talks if log.message == "board asked for"]:
        own = asked.fields.get("request_id")
        new = own not in (*GOOD, *seen) and FORM.fullmatch(str(own))
        seen.add(own)
        said = [
            f"{log.message} {log.fields.get('about')}"
            for log in talks
            if log.fields.get("request_id") == own
        ]
        sessions.append({"has the id": "a new one" if new else own, "reported with it": said})
    outside = [
        log.message
        for log in logs
        if log.fields.get("request_id") == "-" and log.fields.get("about") == ""
    ]
    return {
        "sessions": sessions,
        "reported outside of requests": outside,
        "calls of the weather service": len(labs.upstream.requests),
    }


WORDS = "What a 500 says, and what `/docs` shows, is up to you."


traffic = Traffic(
    scenes=(ask, meet, overlap, talk),
    freedoms=(
        Freedom(WORDS, "body", status=500),
        Freedom(WORDS, "headers.content-type", status=500),
    ),
    headers=("location", "allow"),
    prepare=prepare,
    watch=watch,
    inspect=inspect,
    requests=45,
)
