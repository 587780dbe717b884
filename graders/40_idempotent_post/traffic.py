"""Traffic of 40_idempotent_post: keys and bodies that look alike, and requests under way together.

Not asked is what the statement leaves open: the same body written in another way, a key that is
held and comes with another body, what is left of a key after 401, 503 or a body that is refused,
and a key after a 504 before its lease is over.
"""

import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from dojo.grader import Change, Draw, Freedom, Hold, Labs, Release, Request, Step, Traffic, request
from dojo.grader.traffic import HELD
from dojo.harness.barriers import Barrier
from dojo.harness.upstream import Received, Reply

Draft = dict[str, Any]

ROUTES = ("/payments", "/deposits")
BAKERY, FLORIST = {"X-API-Key": "demo-bakery"}, {"X-API-Key": "demo-florist"}
DAY, LEASE = 24 * 60 * 60, 60
UNDER_WAY = {"detail": "This request is under way."}
CHARGES = "charges at the gateway so far"
LAST = "the last charge"
MOST_DIGITS = 20
BASE_ORDER = ' {0}  É & %41 "{1}'
LONGEST_ORDER = LONGEST_CARD = 40

KEYS = (
    *("{0}", '"{0}"', "{0} {0}", "{0}, {0}", "{0}:{0}:", "{0:x<255}", "{0:é>255}", "%41 {0}%2F"),
    *("'{0}' OR 1=1", "{0}\t\\n", "{{}} %s {0}", "Ã¼ {0}", "0", "null", '""'),
)
BASE_KEY = '"Cart,  {0}; é²%41+7:x'
NO_BREAK_SPACE = "\xa0"  # which `strip` takes for white space, and no server does
LOOK_ALIKES: tuple[Callable[[str], str], ...] = (
    str.lower,
    lambda key: key.strip('"'),
    lambda key: key.rstrip(),
    lambda key: key.replace("  ", " "),
    lambda key: key.replace("é", "è"),
    lambda key: key.replace("²", "2"),
    lambda key: key.replace("%41", "A"),
    lambda key: key.replace("+", " "),
    lambda key: key[:-1] + "y",
)
BAD_KEYS = (..., "", "x" * 256)
STRANGERS: tuple[dict[str, str], ...] = (
    {},
    {"X-API-Key": "demo"},
    {"X-API-Key": "bakery"},
    {"Cookie": "X-API-Key=demo-bakery"},
)
ORDERS = (
    *("cart-17", " ", "  two  spaces ", "Zoe\u0308 \ufb01ne \u212b", "आदित्य 👩\u200d🚀", "x" * 40),
    *("0", "null", '\\n "quoted"', "50%41 {0}", "tab\tand\x07bell", "\x00", "O'Brien & <Sons>"),
)
AMOUNTS = ("0.01", "999999.99", "12.50", "12.5", "1000", "0.10", 3, 19.99, "07.00")
CARDS = ("tok_asha", "tok_Asha_2", "tok_é", "tok_" + "x" * 40)
BAD_FIELDS: tuple[Draft, ...] = (
    {"order": ""},
    {"order": "x" * 41},
    {"order": None},
    {"amount": "0"},
    {"amount": "-12.50"},
    {"amount": "12.505"},
    {"amount": "1000000"},
    {"amount": "NaN"},
    {"card": "tok_"},
    {"card": "4111 1111"},
    {"card": "tok_asha "},
)
OTHER_DRAFTS: tuple[Callable[[Draft], Draft], ...] = (
    lambda draft: draft | {"order": draft["order"].lower()},
    lambda draft: draft | {"order": unicodedata.normalize("NFD", draft["order"])},
    lambda draft: draft | {"order": draft["order"] + " "},
    lambda draft: draft | {"amount": draft["amount"][1:]},
    lambda draft: draft | {"amount": draft["amount"][:-1] + "1"},
    lambda draft: draft | {"card": draft["card"][:-1] + "A"},
    lambda draft: draft | {"order": draft["order"] + "1", "amount": draft["amount"][1:]},
)
"""What makes another request of one that `draw_draft` drew."""

DECLINE = "decline"
REFUSE = "refuse"
HANG_UP = "hang up"
CHARGE_AND_HANG_UP = "charge and hang up"
WORDS = {
    DECLINE: "the gateway declines the next charge",
    REFUSE: "the gateway refuses the next charge",
    HANG_UP: "at the next charge the connection breaks before the card is charged",
    CHARGE_AND_HANG_UP: "at the next charge the connection breaks after the card is charged",
}
WAITS = (0, LEASE + 1, 8 * 60 * 60, DAY - 1)
COPIES = (2, 3)


class Gateway:
    """The gateway: it remembers charges by their keys, and does with others what is planned.

    Callers are held `on_arrival`, before it is decided what they are told, or `on_leaving`.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.charges: list[str] = []
        self.plans: list[str] = []
        self.is_down = False
        self.on_arrival = self.on_leaving = Barrier()
        self.on_arrival.open()
        self._now = now
        self._known: dict[str, tuple[str, Any, datetime]] = {}

    async def answer(self, received: Received) -> Reply:
        """Answer `POST /charges` and `GET /charges?key=…`."""
        on_arrival, on_leaving = self.on_arrival, self.on_leaving
        await on_arrival.enter()
        if self.is_down:
            reply = Reply.json({"error": "maintenance"}, 503)
        elif received.method == "GET":
            reply = self._find(dict(received.query).get("key"))
        else:
            reply = self._charge(received.header("idempotency-key"), received.json())
        await on_leaving.enter()
        return reply

    def _find(self, key: str | None) -> Reply:
        charge, _ = self._recall(key)
        return Reply.json({"id": charge}) if charge else Reply.json({}, 404)

    def _recall(self, key: str | None) -> tuple[str, Any]:
        charge, body, moment = self._known.get(key or "", ("", None, self._now()))
        return (charge, body) if self._now() < moment + timedelta(seconds=DAY) else ("", None)

    def _charge(self, key: str | None, body: Any) -> Reply:
        charge, first = self._recall(key)
        if charge:
            return Reply.json({"id": charge}, 201) if body == first else Reply.json({}, 409)
        plan = self.plans.pop(0) if self.plans else ""
        if plan == DECLINE:
            return Reply.json({"reason": "The bank says no."}, 402)
        if plan == REFUSE:
            return Reply.json({"error": "maintenance"}, 503)
        if plan == HANG_UP:
            return Reply.hang_up()
        self.charges.append(describe_charge(body))
        charge = f"ch_{len(self.charges)}"
        if key:
            self._known[key] = (charge, body, self._now())
        return Reply.hang_up() if plan == CHARGE_AND_HANG_UP else Reply.json({"id": charge}, 201)


def describe_charge(body: Any) -> str:
    """Write what was charged, 12.5 and 12.50 alike."""
    try:
        amount = Decimal(body["amount"])
        if amount.adjusted() <= MOST_DIGITS:  # or it would be written out, zero after zero
            return f"{amount:.2f} on {body['card']}"
    except (TypeError, KeyError, ValueError, InvalidOperation):
        pass
    return f"{body}"


def prepare(labs: Labs) -> Gateway:
    """Open the gateway."""
    gateway = Gateway(lambda: labs.clock.now)
    for method in ("GET", "POST"):
        labs.upstream.on(method, "/charges", gateway.answer)
    return gateway


def watch(labs: Labs, response: httpx.Response) -> dict[str, Any]:
    """Tell what the gateway has charged by the time of an answer."""
    del response
    charges = labs.prepared.charges
    return {CHARGES: len(charges), LAST: charges[-1] if charges else None}


def pay(key: Any, body: Draft, route: str = ROUTES[0], caller: dict[str, str] = BAKERY) -> Request:
    """Write a request for a charge; a key that is `...` is left out."""
    headers = caller | ({} if key is ... else {"Idempotency-Key": key})
    return request("POST", route, body=body, headers=headers)


def draw_key(draw: Draw, template: str = "{0}") -> str:
    """Draw a key that has not been used."""
    return template.format(f"{draw.word()}{draw.number()}")


def draw_draft(draw: Draw) -> Draft:
    """Draw what to charge: of almost full length, so that what is cut short shows."""
    order = BASE_ORDER.format(draw.name(), draw.word()).ljust(LONGEST_ORDER - 2, "o")
    amount = f"1{draw.randint(10_000, 99_999)}.{draw.randint(1, 9)}0"
    return {"order": order, "amount": amount, "card": "tok_" + "a" * LONGEST_CARD}


def wait(seconds: int) -> Change:
    """Let time pass."""
    return Change(f"{seconds} seconds pass", lambda labs: labs.clock.advance(seconds))


def plan(what: str) -> Change:
    """Decide what the gateway does with the next charge that it does not know by its key."""
    return Change(WORDS[what], lambda labs: labs.prepared.plans.append(what))


DOWN = Change("the gateway is out of order", lambda labs: setattr(labs.prepared, "is_down", True))
UP = Change("the gateway works again", lambda labs: setattr(labs.prepared, "is_down", False))


def hold_undecided(asked: Request, copies: int = 1) -> Hold:
    """Have the gateway hold a request before it decides what that is told."""
    place = "the gateway does not see this call yet"
    together = [asked] * copies
    return Hold(together, place, lambda labs, it: setattr(labs.prepared, "on_arrival", it))


def hold(asked: Request) -> Hold:
    """Have the gateway hold a request once it is decided what that is told."""
    place = "the gateway does not answer this call yet"
    return Hold([asked], place, lambda labs, it: setattr(labs.prepared, "on_leaving", it))


RELEASE = Release("the gateway answers the call that it has held longest")


def pay_again(draw: Draw) -> list[Step]:
    """Pay with a strange key for something strange, and again later, without the gateway."""
    key, route = draw_key(draw, draw.deal(KEYS)), draw.choice(ROUTES)
    names = {"order": ORDERS, "amount": AMOUNTS, "card": CARDS}
    asked = pay(key, {name: draw.deal(pool) for name, pool in names.items()}, route)
    return [asked, wait(draw.deal(WAITS)), DOWN, asked, UP]


def reuse(draw: Draw) -> list[Step]:
    """Use a key for other bodies, and on the other route, and then again as before."""
    key, draft = draw_key(draw), draw_draft(draw)
    route, other = draw.sample(ROUTES, 2)
    asked = pay(key, draft, route)
    others = [pay(key, draw.deal(OTHER_DRAFTS)(draft), route) for _ in range(6)]
    return [asked, *others, pay(key, draft, other), asked]


def confuse(draw: Draw) -> list[Step]:
    """Use keys that look alike for the same request."""
    key, draft = draw_key(draw, BASE_KEY).ljust(254, "é") + NO_BREAK_SPACE, draw_draft(draw)
    keys = (key, *(change(key) for change in LOOK_ALIKES), key)
    return [pay(each, draft) for each in keys]


def refuse(draw: Draw) -> list[Step]:
    """Send keys that are none, and a body that does not fit."""
    draft, route = draw_draft(draw), draw.choice(ROUTES)
    bad = pay(draw_key(draw), draft | draw.deal(BAD_FIELDS), route)
    return [*(pay(key, draft, draw.choice(ROUTES)) for key in BAD_KEYS), bad]


def share(draw: Draw) -> list[Step]:
    """Use somebody else's key: as another client, or as nobody."""
    key, draft = draw_key(draw), draw_draft(draw)
    other = draft | {"order": draw.name()}
    return [
        pay(key, draft),
        pay(key, draft, caller=draw.deal(STRANGERS)),
        pay(key, draw.choice((draft, other)), draw.choice(ROUTES), caller=FLORIST),
        pay(key, draft),
    ]


def decline(draw: Draw) -> list[Step]:
    """Have a payment declined after a broken line, and ask again until the key expires."""
    key, draft, route = draw_key(draw), draw_draft(draw), draw.choice(ROUTES)
    asked = pay(key, draft, route)
    other = pay(key, draw.deal(OTHER_DRAFTS)(draft), route)
    start: list[Step] = [plan(HANG_UP), asked, wait(DAY // 2), plan(DECLINE), asked, other]
    return [*start, wait(DAY // 2 - 1), asked, wait(2), asked]


def fail(draw: Draw) -> list[Step]:
    """Pay while the gateway refuses to work, and at once again."""
    asked = pay(draw_key(draw), draw_draft(draw), draw.choice(ROUTES))
    steps: list[Step] = [plan(REFUSE), plan(REFUSE), asked, asked]
    return [*steps, *draw.choice(([], [plan(DECLINE)])), asked, asked]


def lose(draw: Draw) -> list[Step]:
    """Pay while the line breaks; the key goes on to mean this request, and is taken over."""
    key, draft, route = draw_key(draw), draw_draft(draw), draw.choice(ROUTES)
    asked = pay(key, draft, route)
    other = pay(key, draw.deal(OTHER_DRAFTS)(draft), route)
    start: list[Step] = [plan(CHARGE_AND_HANG_UP), asked, wait(LEASE + 1), other]
    return [*start, DOWN, asked, UP, asked, DOWN, asked, UP]


def expire(draw: Draw) -> list[Step]:
    """Use a key for a day, from its first request on, and then for something else."""
    key, draft = draw_key(draw), draw_draft(draw)
    first, second = pay(key, draft), pay(key, draw_draft(draw), draw.choice(ROUTES))
    start: list[Step] = [plan(HANG_UP), first, wait(DAY // 2), second, DOWN, first, UP, first]
    return [*start, wait(DAY // 2 - 1), first, wait(2), second, first, second]


def overlap(draw: Draw) -> list[Step]:
    """Send a request several times at once, and others meanwhile; a day later its key is new."""
    key, draft = draw_key(draw), draw_draft(draw)
    asked = pay(key, draft)
    start = hold_undecided(asked, draw.deal(COPIES))
    others = pay(key, draft, caller=FLORIST), pay(draw_key(draw), draft)
    end: list[Step] = [wait(DAY - LEASE), asked, wait(2), asked]
    return [start, *others, wait(LEASE - 1), asked, RELEASE, asked, *end]


def take_over(draw: Draw) -> list[Step]:
    """Take over from an owner who is slow and answers late."""
    asked = pay(draw_key(draw), draw_draft(draw), draw.choice(ROUTES))
    start = draw.choice((hold, hold_undecided))(asked)
    return [start, wait(LEASE + 1), asked, RELEASE, asked]


def inherit(draw: Draw) -> list[Step]:
    """Take over hours later, and be slow in turn, while the first owner answers late."""
    asked = pay(draw_key(draw), draw_draft(draw), ROUTES[1])
    failure = draw.choice((None, DECLINE, REFUSE, HANG_UP))
    first: list[Step] = [hold_undecided(asked)]
    if failure is not None:
        first = [plan(failure), hold(asked)]
    heirs = hold_undecided(asked, draw.deal(COPIES))
    end: list[Step] = [wait(LEASE - 1), asked, RELEASE, asked]
    return [*first, wait(DAY // 4), heirs, RELEASE, *end]


def in_seconds(expected: Any, seen: Any) -> bool:
    """Compare headers `Retry-After`: any number of seconds will do."""
    return all(isinstance(each, str) and each.isdecimal() for each in (expected, seen))


def same_late_answer(expected: Any, seen: Any) -> bool:
    """Compare answers of an owner who is late: no other that was held is refused."""
    late = HELD in expected and expected["status"] in (409, 503, 504)
    if not late or seen.get(CHARGES) != expected[CHARGES]:
        return False
    return bool(seen["status"] == 201 or (seen["status"] == 409 and seen["body"] == UNDER_WAY))


def refused_by_model(expected: Any, seen: Any) -> bool:
    """Tell whether the reference refuses a key or a body because of its form."""
    del seen
    return isinstance(expected.get("detail"), list)


SECONDS = "others are answered 409 with `Retry-After` in whole seconds"
LATE = "it answers 409, or what the one who took over answered"

traffic = Traffic(
    scenes=(
        *(pay_again, pay_again, pay_again, pay_again, reuse, confuse, refuse, share, decline),
        *(fail, lose, expire, overlap, take_over, inherit),
    ),
    freedoms=(
        Freedom(SECONDS, "headers.retry-after", in_seconds),
        Freedom(LATE, "", same_late_answer),
        Freedom("Texts in `detail` are those of the examples.", "body", refused_by_model, 422),
    ),
    headers=("location", "retry-after"),
    prepare=prepare,
    watch=watch,
    inspect=lambda labs: {"all charges at the gateway": labs.prepared.charges},
    requests=75,  # all scenes, each once
)
