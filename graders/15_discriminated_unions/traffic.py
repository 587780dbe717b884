"""Traffic of 15_discriminated_unions: events of all types and of none, alone and in lists.

Not sent is what the statement leaves open: other ways to write a right value, and bodies that are
no JSON.
"""

from typing import Any

from dojo.grader import Draw, Freedom, Request, Traffic, request

Body = dict[str, Any]

KINDS = {
    "card": ("card", "CARD", "card_v2"),
    "upi": ("upi", "UPI", "upi_collect"),
    "refund": ("refund", "REFUND"),
}
TYPES = tuple(name for names in KINDS.values() for name in names)
MISTYPED = (
    *("Card", "cARD", " card", "card ", "card\n", "card_V2", "CARD_v2", "card_v1", "c\u0430rd"),
    *("card-v2", "cards", "card\u200b", "upi_v2", "UPI_COLLECT", "upicollect", "Refund"),
    *("refund_v2", "refunded", "CardPaid", "None", "", "0", "x" * 300, "{0} %s"),
)
NO_TYPES: tuple[Any, ...] = (
    *(..., None, 0, 1, True, False, 1.5, [], {}, ["card"], ["card", "upi"], {"type": "card"}),
)
NO_OBJECTS: tuple[Any, ...] = (None, 0, True, "card", "", [], ["card"], [["type", "card"]])
TEXTS = ("a", "  ", "Zoe\u0308 \u212b", "0\n\x07 50%41 👩\u200d🚀", "x" * 80, "null", "{0} %s")
PAYMENTS = ("ev_1", *TEXTS)
NO_TEXTS: tuple[Any, ...] = (..., None, "", "x" * 81, 5, [], {}, True)
AMOUNTS = (1, 2, 9900, 10**15)
NO_AMOUNTS: tuple[Any, ...] = (..., None, 0, -1, 1.5, "x", "", [], {})
LAST4 = ("0000", "4242", "0420")
NO_LAST4: tuple[Any, ...] = (
    *(..., None, "", "123", "12345", "४२४२", "4242\n", " 4242", "abcd", 4242, ["4242"]),
)
ADDRESSES = ("asha@bank", "a@b", "  @ ", "Asha.R@Bank", "x" * 100 + "@y")
NO_ADDRESSES: tuple[Any, ...] = (..., None, "", "asha", "@bank", "asha@", "a@b@c", 5, ["a@b"])
REASONS: tuple[Any, ...] = (..., None, "", "rain", " ", "Zoe\u0308", "x" * 3000)
NO_REASONS: tuple[Any, ...] = (5, True, [], {})
NO_VALUES: dict[str, dict[str, tuple[Any, ...]]] = {
    "card": {"id": NO_TEXTS, "amount": NO_AMOUNTS, "last4": NO_LAST4},
    "upi": {"id": NO_TEXTS, "amount": NO_AMOUNTS, "vpa": NO_ADDRESSES},
    "refund": {"id": NO_TEXTS, "amount": NO_AMOUNTS, "payment": NO_TEXTS, "reason": NO_REASONS},
}
OTHER_KEYS: tuple[Body, ...] = (
    *({}, {}, {"event": {"type": "upi"}}, {"Type": "upi", "TYPE": "refund"}, {"kind": "refund"}),
    *({"tag": "upi", "data": {}}, {"": "", "self": 1, "cls": 2}, {"root": None, "value": "x"}),
    {"number": 7, "note": "x", "created": "2026-07-10T10:00:00Z"},
)
FOREIGN: tuple[Body, ...] = (
    {"last4": "4242", "vpa": "asha@bank", "payment": "ev_1", "reason": "rain"},
    {"last4": None, "vpa": None, "payment": None, "reason": 5},
    {"last4": "", "vpa": "", "payment": "", "reason": []},
    {"last4": {}, "vpa": [], "payment": {"id": "ev_1"}, "reason": True},
)


def kind_of(name: str) -> str:
    """Give the type that a spelling means."""
    return next(kind for kind, names in KINDS.items() if name in names)


def event(draw: Draw, name: str) -> Body:
    """Draw an event that fits, with keys of other models and of none."""
    own: Body = {
        "card": {"last4": draw.deal(LAST4)},
        "upi": {"vpa": draw.deal(ADDRESSES)},
        "refund": {"payment": draw.deal(PAYMENTS), "reason": draw.deal(REASONS)},
    }[kind_of(name)]
    common = {"type": name, "id": draw.deal(TEXTS), "amount": draw.deal(AMOUNTS)}
    whole = draw.deal(OTHER_KEYS) | draw.deal(FOREIGN) | common | own
    keys = draw.sample(sorted(whole), len(whole))
    return strip({key: whole[key] for key in keys})


def strip(body: Body) -> Body:
    """Leave out the keys that are to be missing."""
    return {key: value for key, value in body.items() if value is not ...}


def spoil(draw: Draw, sent: Body) -> Body:
    """Give an event with one or more faults in the fields of its own model."""
    pools = NO_VALUES[kind_of(sent["type"])]
    fields = draw.sample(sorted(pools), draw.randint(1, len(pools)))
    return strip(sent | {field: draw.deal(pools[field]) for field in fields})


def book(draw: Draw) -> list[Request]:
    """Send events that fit, with each spelling."""
    return [send(event(draw, name)) for name in draw.sample(TYPES, len(TYPES))] + [LOOK]


def refuse(draw: Draw) -> list[Request]:
    """Send events with faults of their own model."""
    return [send(spoil(draw, event(draw, draw.deal(TYPES)))) for _ in range(4)] + [LOOK]


def mistype(draw: Draw) -> list[Request]:
    """Send a part of the events that are whole but for their type, and of what is no object."""
    fine = event(draw, draw.deal(TYPES))
    return [
        *[send(fine | {"type": draw.deal(MISTYPED)}) for _ in range(len(MISTYPED) // 4)],
        *[send(strip(fine | {"type": draw.deal(NO_TYPES)})) for _ in range(len(NO_TYPES) // 4)],
        *[send(draw.deal(NO_OBJECTS)) for _ in range(len(NO_OBJECTS) // 4)],
    ]


def list_all(draw: Draw) -> list[Request]:
    """Send lists in which every event fits and each value is dealt, an empty one and twins."""
    dealer = Draw(draw.word())  # with pools of its own: those of `draw` are dealt to all parts
    events = {kind: [event(dealer, name) for name in names * 4] for kind, names in KINDS.items()}
    mixed = [each for row in zip(*events.values(), strict=False) for each in row][:7]
    lists = [*events.values(), mixed, [], [mixed[0], mixed[0]]]
    return [*[send_list(each) for each in draw.sample(lists, len(lists))], LOOK]


def list_each_fault(draw: Draw) -> list[Request]:
    """Send a list for each field of each model, with every value that does not fit there."""
    return [
        send_list([strip(event(draw, kind) | {field: value}) for value in values])
        for kind, pools in NO_VALUES.items()
        for field, values in pools.items()
        if kind == "card" or field not in ("id", "amount")
    ]


def list_faults(draw: Draw) -> list[Request]:
    """Send a list with many faults, one with a single fault at its end, and what is no list."""
    fine = [event(draw, draw.deal(TYPES)) for _ in range(4)]
    wrong: list[Any] = [
        *[spoil(draw, each) for each in fine],
        strip(fine[0] | {"type": draw.choice(MISTYPED)}),
        strip(fine[1] | {"type": draw.choice(NO_TYPES)}),
        draw.choice(NO_OBJECTS),
    ]
    mixed = draw.sample([*fine, *wrong], len(fine) + len(wrong))
    return [send_list(mixed), send_list([*fine, draw.choice(wrong)]), send_list(fine[0]), LOOK]


PARTS = (book, refuse, *[mistype] * 4, list_all, list_each_fault, list_faults)


def visit(draw: Draw) -> list[Request]:
    """Take all parts in any order."""
    return [step for part in draw.sample(PARTS, len(PARTS)) for step in part(draw)]


def send(body: Any) -> Request:
    """Write the request of one event."""
    return request("POST", "/events", body=body)


def send_list(body: Any) -> Request:
    """Write the request of a list."""
    return request("POST", "/events/list", body=body)


LOOK = request("GET", "/entries")


def same_errors(expected: Any, seen: Any) -> bool:
    """Tell whether errors are at the same places, and name the types where that is promised."""
    try:
        wanted, found = (sorted(map(locate, errors), key=str) for errors in (expected, seen))
        messages = {locate(each): each["msg"] for each in seen}
        texts = [locate(each) for each in expected if is_unknown_text(each)]
    except (TypeError, KeyError, IndexError):
        return False
    return wanted == found and all(
        kind in str(messages[place]) for place in texts for kind in KINDS
    )


def locate(error: Any) -> tuple[Any, ...]:
    """Give where an error is: its start, the index if there is one, and the field."""
    location = error["loc"]
    index = location[1] if len(location) > 1 and type(location[1]) is int else None
    rest = location[1 if index is None else 2 :]
    return (location[0], index, rest[-1] if rest and rest != ["type"] else None)


def is_unknown_text(error: Any) -> bool:
    """Tell whether the reference refuses a type that is a text."""
    return error["type"] == "union_tag_invalid" and isinstance(error["input"]["type"], str)


traffic = Traffic(
    scenes=(visit,),
    freedoms=(
        Freedom("what stands between is up to you", "body.detail", same_errors, 422),
        Freedom("so are `type` and `msg` of an error", "body.detail[].type", status=422),
    ),
    requests=60,
)
