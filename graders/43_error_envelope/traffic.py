"""Traffic of 43_error_envelope: all that goes wrong at the station, and some of what does not.

Not sent is what the statement leaves open: text that is not UTF-8 as JSON. Of an envelope its keys
are compared, and of a 422 the errors in the order of their paths.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx

from dojo.grader import Draw, Freedom, Labs, Request, Step, Together, Traffic, exchange_of, request

SENT = "zanzibar"
"""Part of what bodies hold, and of no answer."""
TOLD = (
    "SELECT",
    "w4llnut",
    "Rose Lane",
    "seven",
    "ConnectionError",
    "ValidationError",
    "Address",
    "KeyError",
    "JSONDecodeError",
    "int_parsing",
    "parcels.py",
)
KEYS = (
    *("", "~", "~1", "a/b~c", "/", "//", " two words ", "%2F", "0", 'quo"te\\d'),
    *("Zoe\u0308 \u212b", "body", "\x00\x07", "x" * 300),
)
FAULTS: tuple[dict[str, Any], ...] = (
    {"weight": SENT},
    {"weight": 10**40, "pin": f"{SENT}1"},
    {"weight": True, "phone": SENT},
    {"weight": None, "width": [SENT], "phone": 7, "pin": 815, "contents": SENT, "sender": 5},
    {"weight": 0, "width": -0.0, "phone": "", "pin": "", "labels": ["", 7, None, SENT * 9]},
    {"weight": "1e999999", "sender": f"{SENT} {{"},
    {"weight": 1, "sender": f'{{"street": 7, "house": "{SENT}"}}'},
    {"weight": 1, "sender": ""},
    {"weight": 1, "sender": f"[{json.dumps(SENT)}]"},
)
TEXTS = (
    *("{", "}", "[1,]", "tru", "\n", f'{{"pin": "{SENT}', f"{{'pin': '{SENT}'}}", "{}{}"),
    f'{{"pin": "{SENT}\x01"}}',
)
"""No JSON."""
VALUES = (
    *("", "null", "[]", "7", "NaN", "-Infinity", "{}", f'"{SENT}"', f'["{SENT}"]'),
    '{"weight": NaN, "width": NaN, "sender": NaN}',
    '{"weight": Infinity, "pin": -Infinity, "contents": {"tea": NaN, "rum": 1e999}}',
    '{"weight": 1e999, "width": -1e999, "phone": 1e999}',
)
"""JSON, for Python, that does not fit."""
RAW = ((b"\xff\xfe\x00", "application/octet-stream"), (SENT.encode(), "text/plain"), (b"{}", ""))
TOKENS = ("", "Bearer", f"Bearer {SENT}", "Basic eDp5")
MISSING = (0, -1, 3, 10**20)
METHODS = ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")
PATHS = ("/parcels", "/lockers", "/parcels/1/pickup", "/tours", "/visits")
NOWHERE = ("/", "/Parcels", "/parcels/1/", "/parcels/1/nothing", "/%00", "/no%2Fwhere")
TYPES = ("application/json", "application/problem+json")
BELOW = ("/parcels", "/parcels?limit=1", "/parcels/1", "/lockers", "/lockers/A1", "/stations/1/log")
CRASHES = ("/visits", "/parcels/1/address", "/parcels/2/address", "/lockers/A2", "/lockers/C9")
HEADERS = ("allow", "www-authenticate", "retry-after", "etag", "x-total-count")


def post(path: str, content: str | bytes, content_type: str = "application/json") -> Request:
    """Write a request whose body is sent as it is."""
    data = content if isinstance(content, bytes) else content.encode()
    headers = {"content-type": content_type} if content_type else {}
    return Request("POST", path, content=data, headers=headers)


def refuse(draw: Draw) -> list[Request]:
    """Ask for what is refused, by the station, by the routes and by the router."""
    pin = draw.choice((SENT, "", "4711 "))
    return [
        request("GET", "/parcels/{}", draw.deal(MISSING)),
        request("POST", "/parcels/{}/pickup", draw.choice((1, 2)), body={"pin": pin}),
        request("POST", "/parcels/2/pickup", body={"pin": "0815"}),
        *(request("POST", "/parcels/{}/reminder", number) for number in (1, 2)),
        request("POST", "/parcels", body={"weight": 1, "width": draw.number(61)}),
        request("GET", "/tours", headers={"authorization": draw.deal(TOKENS)}),
        *(request("GET", "/stations/{}/log", number) for number in (0, draw.number())),
        request("GET", "/coffee"),
        request(draw.deal(METHODS), draw.deal(PATHS)),
        *(request("GET", draw.deal(NOWHERE)) for _ in "12"),
    ]


def misfit(draw: Draw) -> list[Request]:
    """Send what does not fit, with a mean key, and what is no JSON."""
    contents = {draw.deal(KEYS): each for each in (0, SENT, None, 1.5, -1)}
    return [
        request("POST", "/parcels", body={"weight": 1, "contents": contents}),
        *(request("POST", "/parcels", body=draw.deal(FAULTS)) for _ in "123"),
        *(post("/parcels", draw.deal(VALUES)) for _ in "1234"),
        *(post(draw.choice(("/parcels", "/parcels/x/pickup")), draw.deal(TEXTS)) for _ in "123"),
        post("/parcels", *draw.deal(RAW)),
        request("POST", "/parcels/{}/pickup", draw.word(), body={"pin": draw.number()}),
        request("GET", "/parcels", query={"limit": draw.choice((-1, "", "x", "1.5"))}),
    ]


def succeed(draw: Draw) -> list[Request]:
    """Ask for what is there, also for what has not changed."""
    return [
        *(request("GET", draw.deal(BELOW)) for _ in "12"),
        request("GET", "/lockers", headers={"if-none-match": '"v7"'}),
        request("POST", "/parcels", body={"weight": "2.50", "contents": {"a/b": 1}}),
        request("GET", "/tours", headers={"authorization": "Bearer courier-token"}),
    ]


def crash(draw: Draw) -> list[Step]:
    """Meet each kind of bug, before an answer has begun and afterwards."""
    return [
        *(Request("GET", draw.deal(CRASHES), crashes=True) for _ in CRASHES),
        *(request("GET", "/stations/{}/log", number) for number in (2, 3)),
        Together(refuse(draw)[:6]),
    ]


SCENES: Sequence[Callable[[Draw], Sequence[Step]]] = (
    refuse,
    misfit,
    misfit,
    misfit,
    succeed,
    crash,
)


def visit(draw: Draw) -> list[Step]:
    """Do all of these in any order, and what does not fit three times."""
    return [step for scene in draw.sample(SCENES, len(SCENES)) for step in scene(draw)]


def pick(body: Any) -> Any:
    """Leave out of an envelope what is up to its author."""
    if not isinstance(body, dict):
        return body
    envelope = {key: body[key] for key in ("code", "message", "details") if key in body}
    details = envelope.get("details")
    if envelope.get("code") == "invalid_request" and isinstance(details, list):
        envelope["details"] = sorted(map(pick_error, details), key=str)
    return envelope


def pick_error(error: Any) -> Any:
    """Leave the same out of an error of a 422."""
    if not isinstance(error, dict):
        return error
    found = {key: error[key] for key in ("path", "code") if key in error}
    return found | {"message": is_text(None, error.get("message"))}


def is_text(_: Any, seen: Any) -> bool:
    """Tell whether this is a text for people."""
    return isinstance(seen, str) and bool(seen.strip())


def is_json(expected: Any, seen: Any) -> bool:
    """Tell whether an error has one of the two content types."""
    return (expected, seen) == TYPES


def read_all(response: httpx.Response) -> str:
    """Read the headers of an answer and its body, also what stands there in escapes."""
    try:
        values = json.loads(response.content)
    except (ValueError, RecursionError):
        values = None
    return f"{response.headers} {response.text} {values}"


def watch(_: Labs, response: httpx.Response) -> dict[str, Any]:
    """Tell what an answer gives away, how it ends, and what an envelope holds."""
    exchange = exchange_of(response)
    facts: dict[str, Any] = {
        "the answer breaks off": exchange.broken,
        "the server gets an exception": exchange.raised is not None,
    }
    if response.status_code in (400, 422):
        facts["the answer holds a part of the body"] = SENT in read_all(response)
    if response.status_code == 500:
        facts["the answer holds a part of the exception"] = any(
            word in read_all(response) for word in TOLD
        )
    if response.status_code >= 400:
        try:
            facts["body"] = pick(json.loads(response.content))
        except (ValueError, RecursionError):
            facts["body"] = response.content.decode("utf-8", "replace")
    return facts


MESSAGE = "not empty; up to you where no task gives one"
TYPE = "`application/json` or `application/problem+json`"

traffic = Traffic(
    scenes=(visit,),
    freedoms=(
        *(Freedom(MESSAGE, "body.message", is_text, each) for each in (400, 402, 410, 422, 500)),
        *(
            Freedom(TYPE, "headers.content-type", is_json, each)
            for each in (400, 401, 402, 403, 404, 405, 409, 410, 418, 422, 500, 503)
        ),
    ),
    headers=HEADERS,
    watch=watch,
    requests=60,
)
