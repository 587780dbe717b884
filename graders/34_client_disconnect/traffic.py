"""Traffic of 34_client_disconnect: questions of every kind, a model that fails, clients that leave.

What was begun, counted and kept is compared at the end, when all that has to come has come.
"""

import contextlib
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import httpx

from dojo.grader import (
    BASE_URL,
    Change,
    Draw,
    Exchange,
    Failure,
    Hold,
    Labs,
    Release,
    Request,
    Step,
    Together,
    Traffic,
    exchange_of,
    request,
    start_request,
)
from dojo.harness.barriers import Barrier
from dojo.harness.http_client import DISCONNECT
from dojo.harness.patience import OutOfPatience
from dojo.harness.upstream import Received
from dojo.harness.upstream_protocol import Reply

QUESTIONS = (
    "",
    " \n",
    " Tea or coffee? ",
    "tea or coffee?",
    "Zoe\u0308 \u212b 50%41 👩\u200d🚀",
    "x" * 3000,
    'null "quoted" {question}',
)
BAD: tuple[dict[str, Any], ...] = (
    {"body": {}},
    {"body": {"question": None}},
    {"body": {"question": 5}},
    {"body": ["Tea?"]},
    {"content": b"{", "headers": {"content-type": "application/json"}},
    {"content": b'{"question": "Tea?"}', "headers": {"content-type": "text/plain"}},
)
EXTRAS: tuple[dict[str, Any], ...] = ({"paid": True}, {"text": "No.", "number": 1})
TEXTS = ("It depends: {}", "", "{} 👩\u200d🚀\n", "null", "{0} {0}")
FAULTS: dict[str, Reply] = {
    "answers 500": Reply.json({"text": "?"}, 500),
    "answers 404": Reply.json({"detail": "Not found"}, 404),
    "answers 201": Reply.json({"text": "?"}, 201),
    "hangs up": Reply.hang_up(),
    "resets the line": Reply.reset(),
    "speaks no HTTP": Reply.garbage(),
    "sends no text": Reply.json({"answer": "?"}),
    "sends a list": Reply.json([]),
    "sends null": Reply.json(None),
    "sends nothing": Reply.text(""),
}
WORDS = (*FAULTS,)
PATHS = ("/answers", "/reports")
PATIENCE = 2


@dataclass
class Backends:
    """What the model does, where it holds its runs, and how many notes have to come."""

    fault: Reply | None = None
    barrier: Barrier | None = None
    keeps: bool = True
    counted: int = 0
    kept: int = 0


def prepare(labs: Labs) -> Backends:
    """Open the back ends."""
    backends = Backends()

    async def answer(received: Received) -> Reply:
        fault = backends.fault
        if backends.barrier is not None:
            await backends.barrier.enter()
        return fault or Reply.json({"text": make_text(read(received, "question"))})

    def keep(received: Received) -> Reply:
        number = len(read(received, "text"))
        return Reply.json({"number": number}, 200 if backends.keeps else 500)

    labs.upstream.on("POST", "/runs", answer)
    labs.upstream.on("POST", "/counts", Reply.json({}))
    labs.upstream.on("POST", "/reports", keep)
    return backends


def read(received: Received, key: str) -> str:
    """Read a text out of what was sent."""
    value = received.json()
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def make_text(question: str) -> str:
    """Give what the model says to a question."""
    place = QUESTIONS.index(question) if question in QUESTIONS else 0
    return TEXTS[place % len(TEXTS)].format(question[:40])


def ask(path: str, question: str, **extra: Any) -> Request:
    """Ask for an answer or a report."""
    return request("POST", path, body={"question": question, **extra})


def set_fault(words: str) -> Change:
    """Let the model fail from now on, or work again."""

    def apply(labs: Labs) -> None:
        labs.prepared.fault = FAULTS.get(words)

    return Change(f"the model {words}", apply)


def set_note_fault(words: str) -> Change:
    """Let the back end that keeps reports fail from now on, or work again."""

    def apply(labs: Labs) -> None:
        labs.prepared.keeps = words != "fails"

    return Change(f"the back end that keeps reports {words}", apply)


def hold(labs: Labs, barrier: Barrier) -> None:
    """Hold all runs from now on."""
    labs.prepared.barrier = barrier


def leave(path: str, question: str, *, waits: bool = False) -> Change:
    """Let a client ask and leave: while the model works, or while it waits for its turn."""

    async def apply(labs: Labs) -> None:
        backends, barrier = labs.prepared, Barrier()
        before, backends.barrier = backends.barrier, barrier
        exchange = send(labs, ask(path, question))
        if waits:
            await labs.host.settle()
        else:
            await expect(labs, barrier.arrivals(1), "a run while fewer than two are under way")
        exchange.push(DISCONNECT)
        await labs.host.settle(seconds=1)
        if path == "/reports":
            backends.kept += backends.fault is None
        else:
            ended = exchange.wait_until_ended()
            await expect(labs, ended, "that the request of a client that has left ends")
        backends.barrier = before
        barrier.open()
        if path == "/reports" and not waits:
            ended = exchange.wait_until_ended()
            await expect(labs, ended, "that the request for a report ends when it is kept")

    when = "before it is its turn" if waits else "while the model works"
    shown = repr(question[:40])
    return Change(f"a client asks POST {path} the question {shown}, and leaves {when}", apply)


def send(labs: Labs, step: Request) -> Exchange:
    """Send a request by the raw driver."""
    sent = httpx.Request(
        step.method, f"{BASE_URL}{step.path}", headers=step.headers, content=step.content
    )
    did = len(labs.host.history)
    exchange = start_request(labs.host, sent)
    del labs.host.history[did:]  # the change has its own words
    return exchange


async def expect(labs: Labs, moment: Any, expected: str) -> None:
    """Expect something to happen, now or soon."""
    try:
        await labs.host.patience.wait(moment, PATIENCE)
    except OutOfPatience:
        where = await labs.host.where()
        seen = "that does not happen"
        raise Failure(expected, seen, list(labs.host.history), "", where) from None


async def await_notes(labs: Labs) -> None:
    """Wait until as much has been counted and kept as has to be."""

    def is_noted() -> bool:
        counted = len(labs.host.evidence.logs("kata.notes", "counted"))
        kept = len(labs.host.evidence.logs("kata.notes", "kept"))
        return bool(counted >= labs.prepared.counted and kept >= labs.prepared.kept)

    with contextlib.suppress(OutOfPatience):
        await labs.host.patience.wait(labs.host.evidence.until(is_noted))
    await labs.host.settle()


def visit(draw: Draw) -> list[Step]:
    """Do all of it in any order, and look at the notes at the end."""
    steps: list[Step] = []
    for scene in draw.sample((talk, fail, meet, go, go_while_others_wait, wait_long), 6):
        steps += scene(draw)
    return [*steps, Change("all is noted that has to be", await_notes)]


def talk(draw: Draw) -> list[Step]:
    """Ask each question on both routes, ask one again and again, and send what is none."""
    steps: list[Step] = [ask(path, each) for each in QUESTIONS for path in PATHS]
    steps += [ask(path, "Tea?", **extra) for path, extra in zip(PATHS, EXTRAS, strict=True)]
    steps += [ask("/answers", "Tea?"), ask("/reports", "Tea?"), ask("/answers", "Tea?")]
    steps += [request("POST", draw.deal(PATHS), **each) for each in BAD]
    steps += [set_note_fault("fails"), replace(ask("/reports", "Tea?"), crashes=True)]
    steps += [set_note_fault("works again"), ask("/reports", "Tea?")]
    return [*steps, request("GET", "/answers"), request("POST", "/answer")]


def fail(draw: Draw) -> list[Step]:
    """Ask a model that fails in each way, and one that works again."""
    steps: list[Step] = []
    for number, words in enumerate(draw.sample(WORDS, len(WORDS))):
        steps += [set_fault(words), ask(PATHS[number % 2], draw.word())]
        steps += [leave(draw.deal(PATHS), draw.word())] if number < 2 else []
    return [*steps, set_fault("works again"), ask(draw.deal(PATHS), draw.word())]


def meet(draw: Draw) -> list[Step]:
    """Ask several questions at the same moment, some of them the same."""
    same, other = draw.word(), draw.word()
    return [
        Together([ask("/answers", each) for each in (same, other, same, same)]),
        Together([ask(path, same) for path in (*PATHS, *PATHS)]),
    ]


def go(draw: Draw) -> list[Step]:
    """Let clients leave while the model works, and ask the same afterwards."""
    steps: list[Step] = []
    for path in (*PATHS, *PATHS):
        question = draw.deal(QUESTIONS)
        steps += [leave(path, question)]
    return [*steps, ask("/answers", draw.deal(QUESTIONS)), ask("/reports", draw.word())]


def go_while_others_wait(draw: Draw) -> list[Step]:
    """Let clients leave while others hold all places, and before it is their turn."""
    asked = [ask(path, draw.word()) for path in draw.sample((*PATHS, *PATHS), 2)]
    one = ask(draw.deal(PATHS), draw.word())
    leaving = [leave(path, draw.word(), waits=True) for path in draw.sample(PATHS, 2)]
    return [
        Hold([one], "the model works on this one", hold),
        leave("/answers", draw.word()),
        Release("the model answers"),
        Hold(asked, "the model works on both", hold),
        *leaving,
        Release("the model answers"),
        ask("/answers", draw.word()),
    ]


def wait_long(draw: Draw) -> list[Step]:
    """Let the model work for a whole day."""
    asked = [ask(path, draw.word()) for path in PATHS]
    pause = Change("a day passes", lambda labs: labs.host.settle(seconds=86_400))
    return [Hold(asked, "the model works on both", hold), pause, Release("the model answers")]


def watch(labs: Labs, response: httpx.Response) -> dict[str, Any]:
    """Tell what the access log says of a response, and know what has to be noted of it."""
    backends, exchange = labs.prepared, exchange_of(response)
    if response.request.method == "POST":
        backends.counted += (response.request.url.path, response.status_code) == ("/answers", 200)
        backends.kept += (response.request.url.path, response.status_code) == ("/reports", 201)
    records = labs.host.evidence.logs_of("kata.access", exchange.number, exchange.began)
    kept = ("path", "status")
    return {
        "access log": [
            {"record": each.message, **{name: each.fields.get(name) for name in kept}}
            for each in records
        ]
    }


def inspect(labs: Labs) -> dict[str, Any]:
    """Tell which questions were given to the model, and what was counted and kept."""
    evidence = labs.host.evidence
    facts: dict[str, Any] = {}
    for name, logger, message, key in (
        ("runs", "kata.model", "begins", "question"),
        ("counted", "kata.notes", "counted", "question"),
        ("kept", "kata.notes", "kept", "text"),
    ):
        values = [str(each.fields.get(key)) for each in evidence.logs(logger, message)]
        facts[name] = dict(sorted(Counter(values).items()))
    calls = Counter(each.target for each in labs.upstream.requests)
    return facts | {"calls of the back ends": dict(sorted(calls.items()))}


traffic = Traffic(scenes=(visit,), prepare=prepare, watch=watch, inspect=inspect, requests=40)
