"""Traffic of 42_cache_stampede: odd keys, odd moments, a catalogue that changes and fails.

Each scene begins when all values are gone, and values of one moment are never so many that one has
to be dropped: the statement does not say which.
"""

import contextlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from dojo.grader import (
    BASE_URL,
    Change,
    Draw,
    Hold,
    Labs,
    Release,
    Request,
    Step,
    Together,
    Traffic,
    request,
    start_request,
)
from dojo.harness.barriers import Barrier
from dojo.harness.patience import OutOfPatience
from dojo.harness.upstream import Received
from dojo.harness.upstream_protocol import Reply

LONG = "x" * 300
CODES = (
    "tea",
    "TEA",
    " tea",
    "tea ",
    "Zoe\u0308",
    "Zo\u00eb",
    "50%41",
    "0",
    "00",
    "None",
    LONG,
    LONG + "y",
    "__class__",
    "a?b#c",
    "products:tea",
)
KINDS = ("products", "stock")
WAITS = (0.0, 1.0, 59.0, 59.999, 60.0, 60.25, 75.0, 89.0, 89.75, 90.0, 90.5, 3600.0)
FAULTS: dict[str, Reply] = {
    "answers 500": Reply.json({"pieces": 5, "name": "?", "price": "1.00"}, 500),
    "answers 301": Reply.json({}, 301, {"location": "/"}),
    "hangs up": Reply.hang_up(),
    "resets the line": Reply.reset(),
    "speaks no HTTP": Reply.garbage(),
    "sends null": Reply.json(None),
    "sends a list": Reply.json([]),
    "sends nothing": Reply.text(""),
}
KNOWS_NOTHING = "knows nothing"
LOGGER = "kata.catalogue"
MOST_VALUES = 10


@dataclass
class Catalogue:
    """What the catalogue says, how often it has changed, and where it holds loads."""

    words: str = ""
    edition: int = 0
    barrier: Barrier | None = None
    uncounted: set[str] = field(default_factory=set)


def prepare(labs: Labs) -> Catalogue:
    """Open the catalogue."""
    catalogue = Catalogue()

    async def answer(received: Received) -> Reply:
        reply = FAULTS.get(catalogue.words)
        if catalogue.words == KNOWS_NOTHING:
            reply = Reply.json({}, 404)
        edition = catalogue.edition
        if catalogue.barrier is not None:
            await catalogue.barrier.enter()
        text = {"pieces": edition % 3} if "/stock/" in received.target else {}
        return reply or Reply.json(text or {"name": f"No. {edition}", "price": f"{edition}.50"})

    for kind in KINDS:
        labs.upstream.on("GET", f"/{kind}/{{code}}", answer)
    return catalogue


def ask(kind: str, code: str) -> Request:
    """Ask for a product, or for its stock."""
    return request("GET", f"/{kind}/{{}}", code)


def wait(seconds: float) -> Change:
    """Let time pass."""
    return Change(f"{seconds} seconds pass", lambda labs: labs.clock.advance(seconds))


def change() -> Change:
    """Let the catalogue say something else from now on."""

    def apply(labs: Labs) -> None:
        labs.prepared.edition += 1

    return Change("the catalogue changes", apply)


def say(words: str) -> Change:
    """Let the catalogue fail from now on, or work again."""

    def apply(labs: Labs) -> None:
        labs.prepared.words = words

    return Change(f"the catalogue {words}", apply)


def rest() -> Change:
    """Wait until the loads that nobody waits for have ended."""

    async def apply(labs: Labs) -> None:
        await labs.host.settle()
        with contextlib.suppress(OutOfPatience):
            await labs.host.patience.wait(labs.host.evidence.until(lambda: are_ended(labs)))
        await labs.host.settle()

    return Change("all loads end", apply)


def are_ended(labs: Labs) -> bool:
    """Tell whether no load is under way."""
    reports = Counter(each.message for each in labs.host.evidence.logs(LOGGER))
    return reports["begins"] == reports["ends"]


def hold(labs: Labs, barrier: Barrier) -> None:
    """Hold all loads from now on."""
    labs.prepared.barrier = barrier


def cancel(kind: str, code: str) -> Change:
    """Let a call be cancelled while its load is under way. How often is loaded, is open then."""

    async def apply(labs: Labs) -> None:
        catalogue, barrier = labs.prepared, Barrier()
        catalogue.uncounted.add(code)
        before, catalogue.barrier = catalogue.barrier, barrier
        sent = httpx.Request("GET", f"{BASE_URL}/{kind}/{quote(code, safe='')}")
        exchange = start_request(labs.host, sent)
        await labs.host.settle()
        with contextlib.suppress(OutOfPatience):
            await labs.host.patience.wait(barrier.arrivals(1), 1)
        exchange.cancel()
        await exchange.wait_until_ended()
        catalogue.barrier = before
        barrier.open()

    return Change(f"a call of /{kind}/{quote(code, safe='')} is cancelled", apply)


def begin() -> list[Step]:
    """Begin when all values are gone."""
    return [rest(), wait(100_000.0), say("works again"), change()]


def grow_old(draw: Draw) -> list[Step]:
    """Ask, wait for a while, and ask again, while the catalogue changes."""
    steps = begin()
    for seconds in draw.sample(WAITS, len(WAITS)):
        asked = ask(draw.choice(KINDS), draw.deal(CODES))
        steps += [wait(0.37), asked, rest(), change(), wait(seconds), asked, rest()]
    return steps


def fail(draw: Draw) -> list[Step]:
    """Ask while the catalogue fails, for a value that is stale or gone, and for none."""
    words = draw.deal((*FAULTS, KNOWS_NOTHING))
    old, new = (ask(kind, draw.deal(CODES)) for kind in draw.sample(KINDS, 2))
    wait_first = wait(draw.deal(WAITS))
    steps = [*begin(), old, wait_first, say(words), old, rest(), old, rest(), new, rest()]
    return [*steps, say("works again"), change(), old, rest(), new, rest(), old, rest()]


def come_together(draw: Draw) -> list[Step]:
    """Ask for several at the same moment, and for some of them more than once."""
    codes = [LONG, LONG + "y", draw.choice(CODES[:10])]
    asked = [ask(kind, code) for kind in KINDS for code in (*codes, codes[0])]
    steps: list[Step] = [*begin(), Together(asked), rest(), change(), wait(draw.choice(WAITS))]
    return [*steps, *asked[:2], rest(), asked[0], rest()]


def fill(draw: Draw) -> list[Step]:
    """Ask for more than a cache keeps, and see which of them are kept."""
    kind = draw.choice(KINDS)
    asked = [ask(kind, code) for code in draw.sample(CODES, len(CODES))]
    steps = begin()
    for each in asked:
        steps += [each, rest(), wait(0.5)]
    oldest = asked[-MOST_VALUES]
    steps += [change(), *draw.sample(asked[-MOST_VALUES:], 2), wait(55.0), oldest, rest()]
    return [*steps, asked[0], rest(), asked[1 - MOST_VALUES], oldest, rest()]


def come_and_go(draw: Draw) -> list[Step]:
    """Let calls be cancelled, alone and while another one waits, and time pass meanwhile."""
    (kind, other), code, alone = draw.sample(KINDS, 2), draw.word(), draw.word()
    waiting = Hold([ask(kind, code)], "its load is under way", hold)
    steps = [*begin(), cancel(kind, alone), ask(kind, alone), waiting, change(), wait(5.0)]
    steps += [ask(other, draw.deal(CODES)), Release("the catalogue answers"), rest()]
    return [*steps, wait(59.5), ask(kind, code), rest(), wait(0.5), ask(kind, code), rest()]


def inspect(labs: Labs) -> dict[str, Any]:
    """Tell how often each value was loaded, and whether two loads of one were under way."""
    loads: Counter[str] = Counter()
    under_way: Counter[str] = Counter()
    most = 0
    for each in labs.host.evidence.logs(LOGGER):
        key = f"{each.fields.get('what')}/{each.fields.get('code')}"
        under_way[key] += 1 if each.message == "begins" else -1
        most = max(most, under_way[key])
        if each.fields.get("code") not in labs.prepared.uncounted:
            loads[key] += each.message == "begins"
    return {"loads": dict(sorted(loads.items())), "most loads of one value under way": most}


traffic = Traffic(
    scenes=(grow_old, fail, come_together, fill, come_and_go),
    prepare=prepare,
    inspect=inspect,
    requests=68,
)
