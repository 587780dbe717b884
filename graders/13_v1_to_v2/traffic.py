"""Traffic of 13_v1_to_v2: tools and lists of tools that fit or do not, and a look at all of them.

Not sent is what the statement leaves open: `true` for a text, a fraction for a shelf, both names of
a field at once, other ways to write a time.
"""

from itertools import combinations
from typing import Any

from dojo.grader import Draw, Freedom, Request, Traffic, request

Body = dict[str, Any]

CODES: tuple[Any, ...] = (
    *("L-1", 7, 0, -3, 10**12, " L 2 ", "\tZoe\u0308\n", "", "None", "x" * 3000, "0073"),
)
NAMES: tuple[Any, ...] = (
    *("Ladder", 1042, " Hand  saw\u00a0", "50%41 {0}", "x", "\u212bngstro\u0308m 👩\u200d🚀"),
)
SHELVES: tuple[Any, ...] = (
    *(7, "7", "007", " 8 ", "attic", "-4", 0, "12a", "", "1 2", "A1", " Top ", -5, "-007", "000"),
    *("-", "4-", "\n12\t"),
)
DEPOSITS: tuple[Any, ...] = (
    *(0, 40, 12.5, "12.50", "0.10", 0.1, 19.99, "1000000", "0", 100.0, "0.30000", 0.125, "7.0625"),
    *(123456789.01, "0.001"),
)
TIMES = (
    *("2024-05-01T09:30:00Z", "2024-05-01T09:30:00+00:00", "2024-05-01T09:30:00.5+05:30"),
    *("2024-05-01T09:30:00", "1999-12-31T23:59:59.000001Z", "2024-02-29T00:00:00-11:00"),
    *("2099-12-31T23:30:00-00:30", "2024-05-01T09:30:00.123456"),
)
NOTES: tuple[Any, ...] = (
    *(None, "", "  ", " a  B\n", 5, 0, -1, "null", "e\u0301 <b>", "x" * 600, ...),
)
BORROWERS, LABELS = (*NOTES,), (*NOTES,)
TAGS: tuple[Any, ...] = (
    *([], ["A", "b"], "A,B", " Wood ,METAL", "", [1, "2"], ["", " \u00c4 "], "a,,b", ["A,B"], ...),
    *(["a", "A"], ",B,"),
    ["Maß", "MAß", "E\u0301", "a  B", -2],
)
MAKERS: tuple[Any, ...] = (
    *(None, {"name": "Bosch"}, {"name": 3, "country": None}, {"name": " A ", "country": 49}, ...),
    *({"name": "Bosch", "country": "DE", "id": 7}, {"name": " ", "country": ""}),
)
SCANS: tuple[Any, ...] = (None, 5, 1.5, True, " kept ", "7", [], {"a": {"B": [None, " c "]}}, ...)
OTHERS: tuple[Body, ...] = ({}, {"id": 99}, {"displayname": "x"}, {"LABEL": "x"}, {"items": []})
BAD: tuple[Body, ...] = (
    *({"code": []}, {"code": {}}, {"displayName": ""}, {"displayName": " \t"}, {"displayName": []}),
    *({"shelf": []}, {"shelf": {}}, {"deposit": "-0.01"}, {"deposit": "NaN"}, {"deposit": ""}),
    *({"deposit": "Infinity"}, {"deposit": []}, {"deposit": -1}, {"boughtAt": "soon"}),
    *({"boughtAt": "2024-02-30T00:00:00Z"}, {"boughtAt": ""}, {"note": []}, {"note": {}}),
    *({"lentTo": ["x"]}, {"label": {}}, {"tags": None}, {"tags": 5}, {"tags": [None]}),
    *({"tags": [["a"]]}, {"maker": "Bosch"}, {"maker": []}, {"maker": {}}),
    *({"maker": {"name": None}}, {"maker": {"country": "DE"}}, {"maker": {"name": {}}}),
)
ONE = {"code": "L-1", "displayName": "x", "shelf": 1, "deposit": 1, "boughtAt": TIMES[0]}
BAD_LISTS: tuple[Any, ...] = ({}, {"items": []}, "[]", [None], [[]], [{}], ONE, [[ONE]], {"0": ONE})
NAMES_OF_FIELDS = {"displayName": "display_name", "boughtAt": "bought_at", "lentTo": "lent_to"}
RENAMED = tuple(each for count in range(4) for each in combinations(NAMES_OF_FIELDS, count))


def draft(draw: Draw) -> Body:
    """Draw a tool that fits, with or without keys that no field has."""
    whole = {
        "code": draw.deal(CODES),
        "displayName": draw.deal(NAMES),
        "shelf": draw.deal(SHELVES),
        "deposit": draw.deal(DEPOSITS),
        "boughtAt": draw.deal(TIMES),
        "note": draw.deal(NOTES),
        "lentTo": draw.deal(BORROWERS),
        "label": draw.deal(LABELS),
        "tags": draw.deal(TAGS),
        "maker": draw.deal(MAKERS),
        "scan": draw.deal(SCANS),
    } | draw.deal(OTHERS)
    return {key: value for key, value in whole.items() if value is not ...}


def plain(draw: Draw, **changes: Any) -> Body:
    """Draw a tool of which nothing is strange but the changes."""
    return {
        "code": draw.word(),
        "displayName": draw.name(),
        "shelf": draw.number(),
        "deposit": draw.number(),
        "boughtAt": "2024-05-01T09:30:00Z",
        **changes,
    }


def rename(draw: Draw, body: Body) -> Body:
    """Write some keys of a tool as the fields are called."""
    chosen = draw.deal(RENAMED)
    return {NAMES_OF_FIELDS[key] if key in chosen else key: body[key] for key in body}


def add(draw: Draw) -> list[Request]:
    """Add two tools."""
    return [request("POST", "/tools", body=rename(draw, draft(draw))) for _ in range(2)]


def add_list(draw: Draw) -> list[Request]:
    """Add a list of tools, two of which are the same, and look at all tools."""
    tools = [rename(draw, draft(draw)) for _ in range(6)]
    return [request("POST", "/tools/list", body=[*tools, tools[0]]), request("GET", "/tools")]


def refuse(draw: Draw) -> list[Request]:
    """Send tools and lists that do not fit, and look whether anything was stored."""
    bodies = [plain(draw, **draw.deal(BAD)) for _ in range(len(BAD) // 3)]
    mixed = [plain(draw), plain(draw, **draw.choice(BAD))]
    return [
        *[request("POST", "/tools", body=each) for each in bodies],
        *[request("POST", "/tools/list", body=draw.deal(BAD_LISTS)) for _ in range(3)],
        request("POST", "/tools/list", body=mixed),
        request("GET", f"/tools/{draw.randint(4, 9)}"),
    ]


def look(draw: Draw) -> list[Request]:
    """Look at all tools, at one, and at three that do not exist."""
    ids = (draw.randint(1, 5), 0, -1, 9999)
    return [request("GET", "/tools"), *[request("GET", f"/tools/{each}") for each in ids]]


def same_number(expected: Any, seen: Any) -> bool:
    """Tell whether both are the same number."""
    return type(expected) in (int, float) and type(seen) in (int, float) and expected == seen


SAME = "`40` and `40.0` are the same number"

traffic = Traffic(
    scenes=(refuse, add, add_list, refuse, look, add, refuse, add_list, add),
    freedoms=(
        Freedom("its body is up to you", "body", status=422),
        Freedom(SAME, "body.deposit", same_number),
        Freedom(SAME, "body[].deposit", same_number),
    ),
    requests=60,
)
