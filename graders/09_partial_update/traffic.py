"""Traffic of 09_partial_update: one profile after the other is created, changed and looked at.

Each visit is to a profile of its own, whose number is its place in the drawn order. Not sent is
what the statement leaves open: other ways to write a right value, and a patch with a fault for an
id that no profile has.
"""

from typing import Any

from dojo.grader import Draw, Freedom, Request, Traffic, request

Body = dict[str, Any]

TEXTS = ("  Zoe\u0308 \u212b ", "null", "0\n\x07 50%41 👩\u200d🚀", "x" * 3000)
EARLY, LATE = "0001-01-01", "9999-12-31"
MISSING = (0, -1, 99)
BAD: tuple[Body, ...] = (
    *({"name": 5}, {"name": ""}, {"nickname": 5}, {"phone": 484}, {"newsletter": "perhaps"}),
    *({"away_from": "soon"}, {"away_from": ""}, {"away_until": "2026-02-30"}, {"away_until": []}),
    *({"address": "Quay 4"}, {"address": []}, {"address": {"street": 4}}, {"address": {"city": 7}}),
    *({"address": {"street": ""}}, {"address": {"city": ""}}, {"address": {"door": 4}}),
    *({"address": {"City": "Goa"}}, {"address": {"id": None}}, {"address.city": "Goa"}),
    *({"Phone": "484"}, {"awayFrom": None}, {"id": None}, {"role": None}, {"profile": {}}),
)
BAD_BODIES = (
    b"[]",
    b"null",
    b'{"profile": {"phone": "484"}}',
    b'[["phone", "484"]]',
    b"{'phone': '484'}",
    b"",
)
DATES = (["body", "away_from"], ["body", "away_until"])
"""Where the order of two dates may be at fault, besides the whole body."""

JSON = {"content-type": "application/json"}


def create(draw: Draw, **changes: Any) -> Request:
    """Write the request for a profile with a value in each field that is no default."""
    address = {"street": draw.name(), "city": draw.name(), "door": draw.word()}
    texts = {"name": draw.name(), "nickname": draw.word(), "phone": draw.word()}
    dates = {"away_from": "2026-07-10", "away_until": "2026-07-20"}
    whole = {**texts, "newsletter": False, "address": address, **dates}
    return request("POST", "/profiles", body=whole | changes)


def write(draw: Draw, path: str) -> list[Request]:
    """Write each of the strange texts into each field."""
    one, other, third, fourth = draw.sample(TEXTS, len(TEXTS))
    steps = [create(draw, name=one, nickname=other, phone=third)]
    for _ in TEXTS:
        address = {"street": fourth, "city": one, "door": other}
        steps += [patch(path, {"name": one, "nickname": other, "phone": third, "address": address})]
        one, other, third, fourth = other, third, fourth, one
    return steps


def set_defaults(draw: Draw, path: str) -> list[Request]:
    """Set fields to their defaults, to nothing much, and to what they have already."""
    return [
        create(draw),
        patch(path, {"newsletter": True, "nickname": None}),
        patch(path, {"newsletter": False, "phone": "", "name": " "}),
        patch(path, {"newsletter": False, "phone": "", "name": " "}),
        patch(path, {"address": {"street": " ", "door": ""}}),
        patch(path, {"nickname": draw.word(), "address": {}}),
    ]


def clear(draw: Draw, path: str) -> list[Request]:
    """Clear several fields at once, and fill them again."""
    city = {"city": draw.name()}
    whole = city | {"street": draw.name()}
    return [
        create(draw),
        patch(path, {"away_until": None, "nickname": None, "name": draw.name()}),
        patch(path, {"address": None, "phone": draw.word()}),
        patch(path, {"address": city, "phone": draw.word()}),
        patch(path, {"address": whole | {"floor": None}}),
        patch(path, {"address": whole, "nickname": draw.word()}),
        patch(path, {"address": {"door": draw.word()}}),
    ]


def travel(draw: Draw, path: str) -> list[Request]:
    """Leave out and move one date or both, in order, on the same day and in the wrong order."""
    dates = {"away_from": EARLY, "away_until": LATE}
    address = {"street": draw.name(), "city": draw.name(), "door": None}
    return [
        create(draw, newsletter=True, address=None, away_from=None, away_until=None),
        patch(path, {"away_until": EARLY, "address": address}),
        patch(path, {"away_from": LATE, "nickname": None, "address": None}),
        patch(path, {"away_from": EARLY}),
        patch(path, {"away_until": None, "away_from": LATE}),
        patch(path, {"away_until": EARLY, "newsletter": False}),
        patch(path, {"away_from": None, "away_until": EARLY}),
        patch(path, draw.choice((dates, dict(reversed(dates.items()))))),
    ]


def refuse(draw: Draw, path: str) -> list[Request]:
    """Send patches that do not fit, each with fields that do."""
    fine = {"nickname": draw.word(), "away_until": None}
    bodies = [draw.deal(BAD_BODIES) for _ in range(len(BAD_BODIES) // 2)]
    return [
        create(draw),
        *[patch(path, fine | draw.deal(BAD)) for _ in range(len(BAD) // 2)],
        *[request("PATCH", path, content=each, headers=JSON) for each in bodies],
    ]


def miss(draw: Draw, path: str) -> list[Request]:
    """Create a bare profile, fail to create others, and look for one that is not there."""
    address = {"street": draw.name(), "city": draw.name(), "door": draw.word()}
    return [
        request("POST", "/profiles", body={"name": draw.name()}),
        patch(path, {"address": address, "away_until": EARLY}),
        create(draw, away_until=EARLY),
        request("POST", "/profiles", body={"nickname": draw.word()}),
        patch(f"/profiles/{draw.deal(MISSING)}", {"name": draw.name()}),
        patch(f"/profiles/{draw.deal(MISSING)}", {}),
        request("GET", f"/profiles/{draw.deal(MISSING)}"),
    ]


VISITS = (write, set_defaults, clear, travel, refuse, refuse, miss)


def visit(draw: Draw) -> list[Request]:
    """Visit one profile after the other, create twins, and in the end look at all of them."""
    order = draw.sample(VISITS, len(VISITS))
    paths = [f"/profiles/{number}" for number in range(1, len(order) + 1)]
    steps = [step for each, path in zip(order, paths, strict=True) for step in each(draw, path)]
    twin = create(draw)
    number = len(paths) + 1
    paths += [f"/profiles/{number}", f"/profiles/{number + 1}"]
    alike = [patch(paths[-2], {"phone": "0484"}), patch(paths[-1], {"phone": "0484"})]
    changed = patch(paths[-1], {"nickname": draw.word()})
    return [*steps, twin, twin, *alike, changed, *[request("GET", path) for path in paths]]


def patch(path: str, body: Body) -> Request:
    """Write the request for a change."""
    return request("PATCH", path, body=body)


def name_culprits(expected: Any, seen: Any) -> bool:
    """Tell whether each error is at a field at fault; the whole body has no field to name."""
    try:
        wanted, named = ([each["loc"][:2] for each in errors] for errors in (expected, seen))
        texts = [each[key] for each in seen for key in ("type", "msg")]
    except (TypeError, KeyError):
        return False
    if not named or not all(isinstance(each, str) for each in texts):
        return False
    if all(len(each) == 2 and isinstance(each[1], str) for each in wanted):
        return all(each in wanted for each in named)
    if expected[0]["type"] == "value_error":
        return all(each in (["body"], *DATES) for each in named)
    return all(each[:1] == ["body"] for each in named)


traffic = Traffic(
    scenes=(visit,),
    freedoms=(Freedom("Of several faults, one is enough", "body.detail", name_culprits, 422),),
    requests=60,
)
