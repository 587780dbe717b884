"""Traffic of 02_blocking_route: ids and users of every kind, and all that a partner may answer.

Not asked for is what the statement leaves to FastAPI: an id that is empty or holds a slash, and
paths and methods that nobody named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

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
    request,
)
from dojo.harness.barriers import Barrier, SelfOpeningBarrier
from dojo.harness.upstream import Received
from dojo.harness.upstream_protocol import Reply

IDS = (
    "007",
    " Q 17 ",
    "50%41 100%",
    "a+b;c,d=e&f?x=1#y",
    "Zoe\u0308 \ufb01ne \u212b",  # what NFC and NFKC would replace
    "आदित्य 👩\u200d🚀",
    "tab\tnul\x00bell\x07\n",
    '{id} %s \\n "null"',
    "terms",
    "x" * 300,
)
USERS: tuple[Mapping[str, str], ...] = (
    *({}, {}),
    {"X-User-Id": "asha"},
    {"X-User-Id": "Asha"},
    {"X-User-Id": ""},
    {"X-User-Id": "0"},
    {"X-User-Id": "anonymous"},
    {"X-User-Id": "None"},
    {"X-User-Id": 'Asha "a" Rao, of %41'},
    {"X-User-Id": "u" * 70},
    {"X-User": "ben"},
    {"Cookie": "X-User-Id=ben"},
)
PRICES = (
    "129.90",
    "0.00",
    "0",
    "100",
    "1200.0",
    "0.1",
    "12345678901234567890.12",
    "-5.50",
    19.99,
    3,
)
CURRENCIES = ("EUR", "eur", "USD", "")
NAMES = ("Asha Rao", "", "  Zoe\u0308 ", "आदित्य", '"O\'Brien" & <Sons>', "None", "x" * 3000)
TIERS = ("Gold", "gold", "gold", "GOLD", " gold", "silver", "goldfish", "gold", "", "platinum")
TWISTS: tuple[dict[str, Any], ...] = (
    *({}, {}),
    {"user": "ben", "detail": "?", "discount": 0.5},
    {"id": "Q-17"},  # the partner's own way to write an id
)
KNOWN_FAILURES: Mapping[str, Reply] = {
    "with 404": Reply.json({"error": "unknown"}, 404),
    "with 504": Reply.json({"error": "late"}, 504),
}
OTHER_FAILURES: Mapping[str, Reply] = {
    "with 503": Reply.json({"detail": "The partner does not know this id."}, 503),
    "with 500": Reply.text("Internal Server Error", 500),
    "with 400": Reply.json({"error": "bad"}, 400),
    "with 408": Reply.json({"error": "timeout"}, 408),
    "with 410": Reply.json({"error": "gone"}, 410),
    "with 429": Reply.json({"error": "slow down"}, 429, {"retry-after": "1"}),
    "with 502": Reply.text("<h1>Bad Gateway</h1>", 502),
    "with 204": Reply(204),
    "with a redirect to '/quotes/moved'": Reply(302, (("location", "/quotes/moved"),)),
    "with 200 and no body": Reply(200),
    "with 200 and a body that is no JSON": Reply.text("{", 200),
    "with 200 and 'null'": Reply.json(None),
    "with 200 and a list": Reply.json([]),
    "with 200 and no field but the id": Reply.json({"id": "q-17"}),
    "with a connection that is reset": Reply.reset(),
    "with a connection that is closed": Reply.hang_up(),
    "with bytes that are no HTTP": Reply.garbage(),
}
KNOWN, OTHER = (*KNOWN_FAILURES,), (*OTHER_FAILURES,)
ROUTES = ("quotes", "terms")
KNOWN_IDS, FAILING_IDS = ({route: [*IDS] for route in ROUTES} for _ in range(2))
"""Decks of their own: each id is asked for on each route while the partner is well."""
MEETINGS = ("terms", "quotes", "terms")
WELL = "the partner is as it was"
HEALTH = request("GET", "/health")


@dataclass(frozen=True)
class Question:
    """What a caller asks this service, and this service the partner."""

    route: str
    id: str
    user: Mapping[str, str]

    def ask(self, *, crashes: bool = False) -> Request:
        """Write the request to this service."""
        path = "/quotes/{}" if self.route == "quotes" else "/customers/{}/terms"
        return request("GET", path, self.id, headers=dict(self.user), crashes=crashes)

    @property
    def asked(self) -> str:
        """Give the path at which the partner is asked."""
        collection = "quotes" if self.route == "quotes" else "customers"
        return f"/{collection}/{quote(self.id, safe='')}"


def draw_question(
    draw: Draw, route: str = "", ids: Mapping[str, Sequence[str]] = KNOWN_IDS
) -> Question:
    """Draw what is asked, and by whom."""
    route = route or draw.deal(ROUTES)
    return Question(route, draw.deal(ids[route]), draw.deal(USERS))


def ask(draw: Draw) -> list[Step]:
    """Ask for a quote and for terms that the partner knows."""
    return [draw_question(draw, route).ask() for route in ROUTES]


def ask_again(draw: Draw) -> list[Step]:
    """Ask for the same before and after the partner has changed its mind."""
    question = draw_question(draw).ask()
    return [
        question,
        set_partner("the partner has new prices and tiers", draw.randint(1, 9)),
        question,
        set_partner(WELL),
    ]


def fail(draw: Draw) -> list[Step]:
    """Ask for something with which the partner fails in another way than the two known ones."""
    words, question = draw.deal(OTHER), draw_question(draw, ids=FAILING_IDS)
    return [fail_with(words, question), question.ask(crashes=True), set_partner(WELL)]


def recover(draw: Draw) -> list[Step]:
    """Ask for something with which the partner fails, and for it again when it is well."""
    words, question = draw.deal(KNOWN), draw_question(draw, ids=FAILING_IDS)
    return [
        fail_with(words, question),
        question.ask(),
        HEALTH,
        set_partner(WELL),
        question.ask(),
    ]


def meet(draw: Draw) -> list[Step]:
    """Ask at the same moment for the same as two users, for something else, and for the health."""
    first = draw_question(draw, draw.deal(MEETINGS))
    other = draw_question(draw, ids=FAILING_IDS)
    questions = [first, replace(first, user=draw.deal(USERS)), other]
    asked = [question.ask() for question in questions]
    held = fail_with(draw.deal(KNOWN), questions[-1], callers=len(questions))
    return [Together([*asked, HEALTH], held), set_partner(WELL)]


def wait(draw: Draw) -> list[Step]:
    """Ask for something else, and for the health, while a single caller waits for the partner."""
    held, other = (draw_question(draw, route) for route in draw.sample(ROUTES, 2))
    start = Hold([held.ask()], "the partner does not answer this call yet", hold_callers)
    return [set_partner(WELL), start, other.ask(), HEALTH, Release("the partner answers it")]


def fail_with(words: str, question: Question, callers: int = 0) -> Change:
    """Let the partner fail with one id, and hold its callers until all of them are inside."""
    held = f", once {callers} callers are inside" if callers else ""
    reply = {**KNOWN_FAILURES, **OTHER_FAILURES}[words]
    description = f"the partner answers GET {question.asked[:40]} {words}{held}"
    return set_partner(description, replies={question.asked: reply}, callers=callers)


def set_partner(
    description: str,
    salt: int = 0,
    replies: Mapping[str, Reply] | None = None,
    callers: int = 0,
) -> Change:
    """Let the partner answer from now on with these replies to some paths; others it knows."""

    def apply(labs: Labs) -> None:
        barrier = SelfOpeningBarrier(callers) if callers else None
        open_partner(labs, salt, replies or {}, barrier)

    return Change(description, apply)


def hold_callers(labs: Labs, barrier: Barrier) -> None:
    """Let the partner be well, and hold its callers."""
    open_partner(labs, 0, {}, barrier)


def open_partner(
    labs: Labs, salt: int, replies: Mapping[str, Reply], barrier: Barrier | None
) -> None:
    """Have the partner answer, once its barrier lets a caller go."""

    def answer(received: Received) -> Reply:
        return replies.get(received.target) or Reply.json(describe(received, salt))

    for collection in ("quotes", "customers"):
        labs.upstream.on("GET", f"/{collection}/{{id}}", answer, barrier=barrier)


def describe(received: Received, salt: int) -> dict[str, Any]:
    """Describe what was asked for: always the same for the same id, until the salt is another."""
    found = received.path_parameters["id"]
    place = IDS.index(found) if found in IDS else 0
    number = salt + place
    described: dict[str, Any] = {"id": found, **choose(TWISTS, place)}
    if received.target.startswith("/quotes"):
        own = {"price": choose(PRICES, number), "currency": choose(CURRENCIES, number)}
    else:
        own = {"name": choose(NAMES, number), "tier": choose(TIERS, number)}
    return described | own


def choose(pool: Sequence[Any], number: int) -> Any:
    """Take a value of a pool by its number, counted round and round."""
    return pool[number % len(pool)]


def prepare(labs: Labs) -> None:
    """Let the partner know everything."""
    set_partner("").apply(labs)


def watch(labs: Labs, _: httpx.Response) -> dict[str, Any]:
    """Tell which calls have reached the partner by now, in no order, and for which user."""
    calls = sorted((each.target, each.header("x-user") or "") for each in labs.upstream.requests)
    labs.upstream.requests.clear()
    return {"calls of the partner": [{"path": path, "X-User": user} for path, user in calls]}


OTHERS = "Any other failure stays a 500"

traffic = Traffic(
    scenes=(ask, ask, ask_again, *[fail] * 6, recover, meet, wait),
    freedoms=(
        Freedom(OTHERS, "body", status=500),
        Freedom(OTHERS, "headers.content-type", status=500),
    ),
    prepare=prepare,
    watch=watch,
    requests=66,  # each scene three times, so each failure and each id
)
