"""Traffic of 38_pool_exhaustion: checks of all kinds of applications, and what changes meanwhile.

Not sent is what the statement leaves open: two errors at once. That a connection is waited for, and
for how long, only criteria see.
"""

from typing import Any

import httpx

from dojo.grader import (
    Change,
    Draw,
    Freedom,
    Hold,
    Labs,
    Release,
    Request,
    Step,
    Together,
    Traffic,
    count_checked_out,
    request,
)
from dojo.harness.barriers import Barrier, SelfOpeningBarrier
from dojo.harness.upstream import Received
from dojo.harness.upstream_protocol import Reply

NAMES = (
    *("Asha Rao", "Asha Rao", " Asha  Rao ", "asha rao", "Zoe\u0308", "Zo\u00eb", "50%41 100%"),
    *("a/b?c=1#d", "आदित्य 👩\u200d🚀", 'O\'Brien "x"; --', "None", "x" * 200, "{id} \\n"),
)
AMOUNTS = (1, 13, 500, 9000, 1_000_000)
SCORES = (0, 1, 640, 999, 1000)
FAILURES = {
    "with 503": Reply.json({"score": 640}, 503),
    "with 404": Reply.json({"score": 1}, 404),
    "with 201": Reply.json({"score": 640}, 201),
    "with no score": Reply.json({"score": None}),
    "with a score of 1001": Reply.json({"score": 1001}),
    "with a score of -1": Reply.json({"score": -1}),
    "with text": Reply.text("640.5"),
    "with nothing": Reply(200),
    "by hanging up": Reply.hang_up(),
    "with a reset": Reply.reset(),
}
FAILING = (*FAILURES,)
MISSING = (0, 4_000_000, 2**31 - 1, 2**31, -1, "1.0", "x", 10**30)
BAD_BODIES: tuple[Any, ...] = (
    *({"amount": 0}, {"amount": 1_000_001}, {"amount": 1.5}, {"amount": None}, {}, []),
)
CHANGES = {
    "has another amount": "UPDATE applications SET amount = amount + 1, version = version + 1",
    "has another applicant": "UPDATE applications SET applicant = 'D', version = version + 1",
    "had another amount for a while": "UPDATE applications SET version = version + 2",
    "has an older version again": "UPDATE applications SET version = version - 1",
    "is gone": "DELETE FROM applications",
}
WHAT = (*CHANGES, "by PATCH", "by PATCH to the same amount")
SAME = ("as it was", "has a score already", "another was changed", "it was scored meanwhile")
THINKS = "the bureau does not answer yet"


def read(number: object) -> Request:
    """Ask for an application."""
    return request("GET", "/applications/{}", number)


def change(number: object, amount: int) -> Request:
    """Change the amount of an application."""
    return request("PATCH", "/applications/{}", number, body={"amount": amount})


def check(number: object) -> Request:
    """Have an application checked."""
    return request("POST", "/applications/{}/checks", number)


def add(draw: Draw, **fields: Any) -> tuple[int, Change]:
    """Have another program store an application; give its number."""
    number = draw.number(1000, 3_000_000)
    row: dict[str, Any] = {
        "id": number,
        "applicant": draw.deal(NAMES),
        "amount": draw.deal(AMOUNTS),
    }
    row |= {"version": draw.randint(2, 9), "score": None} | fields
    words = f"in the database: application {number}, applicant {row['applicant']!r}"
    return number, Change(words, lambda labs: labs.database.insert("applications", [row]))


def alter(number: int, words: str) -> Change:
    """Have another program change an application."""
    sql = f"{CHANGES[words]} WHERE id = ?"
    said = f"in the database: application {number} {words}"
    return Change(said, lambda labs: labs.database.execute(sql, (number,)))


def live(draw: Draw) -> list[Step]:
    """Check an application, change it, and check it again."""
    number, added = add(draw)
    amount = draw.deal(AMOUNTS)
    steps = [check(number), change(number, amount), read(number), check(number), check(number)]
    worst, stored = add(draw, applicant=NAMES[0], amount=500)  # the score of which is 0
    return [added, read(number), *steps, stored, check(worst), read(worst)]


def meet(draw: Draw) -> list[Step]:
    """Change an application, which was checked before, while the bureau thinks about it."""
    amount, what = draw.deal(AMOUNTS), draw.deal(WHAT)
    number, added = add(draw, amount=amount)
    held = Hold([check(number)], THINKS, hold_callers)
    begun: list[Step] = [added, check(number), held]
    ended: list[Step] = [read(number), Release("the bureau answers"), read(number)]
    if what in CHANGES:
        return [*begun, alter(number, what), *ended]
    new = amount if "same" in what else amount % AMOUNTS[-1] + 1
    return [*begun, change(number, new), *ended]


def miss(draw: Draw) -> list[Step]:
    """Change nothing that matters while the bureau thinks."""
    what = draw.deal(SAME)
    number, added = add(draw, score=draw.deal(SCORES) if "already" in what else None)
    other, stored = add(draw)
    between: list[Step] = [read(number), check(other)]
    if what == SAME[2]:
        between = [change(other, 7), read(other)]
    elif what == SAME[3]:
        between = [check(number), read(number)]
    held = Hold([check(number), check(number)], THINKS, hold_callers)
    return [added, stored, held, *between, Release("the bureau answers"), read(number)]


def fail(draw: Draw) -> list[Step]:
    """Let the bureau fail, and work again."""
    number, added = add(draw, score=draw.deal((None, 3)))
    words = draw.deal(FAILING)
    broken = Change(f"the bureau fails {words}", lambda labs: answer_with(labs, FAILURES[words]))
    well = Change("the bureau works again", open_bureau)
    return [added, broken, check(number), read(number), well, check(number)]


def stray(draw: Draw) -> list[Step]:
    """Ask for what is not there, and in ways that do not fit."""
    number, added = add(draw)
    missing = [draw.deal(MISSING) for _ in range(3)]
    bad = request("PATCH", "/applications/{}", number, body=draw.deal(BAD_BODIES))
    return [check(missing[0]), read(missing[1]), change(missing[2], 5), added, bad, check(number)]


def crowd(draw: Draw) -> list[Step]:
    """Check, read and change different applications at the same moment."""
    (one, first), (two, second), (three, third) = add(draw), add(draw), add(draw)
    together = Change("the bureau answers once both are there", lambda labs: gather(labs, 2))
    asked = [check(one), check(two), read(three), change(draw.deal(MISSING[:3]), 5)]
    well = Change("the bureau answers at once again", open_bureau)
    return [first, second, third, Together(asked, together), well, read(one)]


def score(received: Received) -> Reply:
    """Score: always the same for the same question."""
    asked = received.path_parameters
    place = NAMES.index(asked["applicant"]) if asked["applicant"] in NAMES else 0
    amount = int(asked["amount"]) if asked["amount"].isdecimal() else 0
    return Reply.json({"score": SCORES[(place + amount) % len(SCORES)]})


def open_bureau(labs: Labs) -> None:
    """Let the bureau answer at once."""
    labs.upstream.on("GET", "/scores/{applicant}/{amount}", score)


def hold_callers(labs: Labs, barrier: Barrier) -> None:
    """Let the bureau hold its callers."""
    labs.upstream.on("GET", "/scores/{applicant}/{amount}", score, barrier=barrier)


def gather(labs: Labs, parties: int) -> None:
    """Let the bureau answer so many callers once all of them are there."""
    hold_callers(labs, SelfOpeningBarrier(parties))


def answer_with(labs: Labs, reply: Reply) -> None:
    """Let the bureau give this reply to everybody."""
    labs.upstream.on("GET", "/scores/{applicant}/{amount}", reply)


def watch(labs: Labs, _: httpx.Response) -> dict[str, Any]:
    """Tell what the bureau was asked since the last answer, and whether a connection is taken."""
    asked = sorted(each.target for each in labs.upstream.requests)
    labs.upstream.requests.clear()
    return {"the bureau was asked": asked, "in use": count_checked_out(labs.host.evidence)}


def inspect(labs: Labs) -> dict[str, Any]:
    """Tell what is in the database at the end."""
    letters = "SELECT application_id, score FROM letters ORDER BY application_id, score"
    return {
        "applications": labs.database.rows("SELECT * FROM applications ORDER BY id"),
        "letters": labs.database.rows(letters),
    }


WORDS = "What a 404, a 409, a 422 or a 503 says is up to you"

traffic = Traffic(
    scenes=(live, meet, meet, miss, fail, fail, stray, crowd),
    freedoms=(
        *(Freedom(WORDS, "body", status=each) for each in (404, 409, 422)),
        *(Freedom(WORDS, "headers.content-type", status=each) for each in (404, 409, 422)),
    ),
    prepare=open_bureau,
    watch=watch,
    inspect=inspect,
    requests=70,
)
