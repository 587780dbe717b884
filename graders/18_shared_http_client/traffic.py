"""Traffic of 18_shared_http_client: names and headers of every kind, and all that may come back.

Not sent is what the statement leaves open: a header twice or with other characters than ASCII. That
a carrier is silent costs time, so it is for a criterion.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

import httpx

from dojo.grader import Change, Draw, Labs, Request, Step, Together, Traffic, request
from dojo.harness.barriers import Barrier, SelfOpeningBarrier
from dojo.harness.upstream import Received
from dojo.harness.upstream_protocol import Reply

NAMES = (
    *("17", "2031/17", "../admin", "..", ".", "...", "a..b", "/", "//a", "./b", "a/."),
    *(" 17 ", "\u00a017", "50%41 %2e%2e", "a?b=c&d", "#", "a+b", "a;b,c=d@e:f!$'()*[]"),
    *("Zoe\u0308 \u212b", "आदित्य 👩\u200d🚀", "tab\tnul\x00\r\nHost: a", "{name} %s \\"),
    *("http://127.0.0.1:9/", "ulm", "Ulm", "ULM", "0", "null", "x" * 60, "ß" * 60),
)
HEADERS: tuple[Mapping[str, str], ...] = (
    {},
    {"Accept-Language": "de-CH, en;q=0.5"},
    {"Accept-Language": "", "X-Request-Id": ""},
    {"X-Request-Id": "R-17 / \"b\" ; %41, 'c'"},
    {"accept-language": "*", "x-request-id": "r" * 90},
    {"Authorization": "Bearer private", "Accept-Language": "fr"},
    {"Cookie": "session=private; accept-language=it"},
    {"X-Request-Id": "0", "Cookie": "a=private", "X-Api-Key": "private"},
    {"User-Agent": "private", "Accept": "text/private", "Referer": "http://private/"},
    {"Forwarded": "for=private", "X-Forwarded-For": "private", "X-Correlation-Id": "private"},
    {"Accept-Charset": "private", "X-Request": "private", "Proxy-Authorization": "private"},
    {"Origin": "http://private", "If-None-Match": "private", "Range": "bytes=0-private"},
)
PRIVATE = "private"
ALL = {"number": "n", "status": "s", "depot": "d", "code": "c", "city": "o", "phone": "p"}
"""A parcel and a depot at once."""
TWISTS: tuple[dict[str, Any], ...] = (
    {"status": "", "city": ""},
    {"status": "  Zoe\u0308 \u212b\n", "city": "  Zoe\u0308 \u212b\n"},
    {"status": "<b>null</b>", "city": "null", "error": "failing", "detail": None},
    {"depot": "x" * 3000, "phone": "+49 731 5550 " * 200},
    {"number": "another", "code": "another", "margin": "1.35"},
    {"depot": "आदित्य 👩\u200d🚀", "phone": "\\u0000 \u0000"},
)
JSON = {"content-type": "application/json"}
FAILURES: Mapping[str, Reply] = {
    **{
        f"{status} and the JSON of a success": Reply.json(ALL, status)
        for status in (201, 202, 203, 206, 300, 400, 403, 404, 408, 410, 422, 429, 500, 502, 504)
    },
    "404 and a page": Reply.text("<h1>Not here</h1>", 404),
    "204": Reply(204),
    "304": Reply(304),
    "a redirect to '/parcels/moved'": Reply.json(ALL, 302, {"location": "/parcels/moved"}),
    "a redirect to another host": Reply.json(ALL, 307, {"location": "http://127.0.0.9:9/depots/a"}),
    "200 and no body": Reply(200),
    "200 and 'null'": Reply.json(None),
    "200 and a list": Reply.json([ALL]),
    "200 and a text in JSON": Reply.json("on its way"),
    "200 and two fields alone": Reply.json({"number": "n", "code": "c"}),
    "200 and numbers for texts": Reply.json(dict.fromkeys(ALL, 17)),
    "200 and null for some texts": Reply.json(ALL | {"depot": None, "phone": None}),
    "200 and JSON that breaks off": Reply.text('{"number": "n", "sta', 200, JSON),
    "200 and bytes that are no UTF-8": Reply(
        200, tuple(JSON.items()), b'{"number": "\xff\xfe", "code": "\xff"}'
    ),
    "200 and a body that is no gzip": Reply.text("{}", 200, JSON | {"content-encoding": "gzip"}),
    "a connection that is reset": Reply.reset(),
    "a connection that is closed": Reply.hang_up(),
    "bytes that are no HTTP": Reply.garbage(),
}
FAILING = (*FAILURES,)
PATHS = ("/parcels", "/depots")
COOKIE = ("set-cookie", "carrier-session=kept; Path=/")
TOGETHER = 4
ASKS = (len(NAMES) - len(TWISTS) + 1) // 2
"""So often two things are asked for that each name has its turn, in one of the two scenes."""
_ASKED = re.compile(r"/(parcels|depots)/([^/?]*)")


@dataclass(frozen=True)
class Carrier:
    """How the carrier answers: with what it knows and a twist, or with one reply to everything."""

    twist: Mapping[str, Any]
    reply: Reply | None = None

    def answer(self, received: Received) -> Reply:
        """Answer a request; each answer sets a cookie."""
        name = received.path_parameters["name"]
        known = {key: f"{key} of {name}" for key in ALL} | {"number": name, "code": name}
        reply = self.reply or Reply.json(known | dict(self.twist))
        return replace(reply, headers=(*reply.headers, COOKIE))

    def open(self, labs: Labs, barrier: Barrier | None = None) -> None:
        """Let the upstream answer like this from now on."""
        for path in PATHS:
            labs.upstream.on("GET", f"{path}/{{name}}", self.answer, barrier=barrier)


WELL = Carrier({})
RECOVER = Change("the carrier works as usual", WELL.open)


def draw_question(draw: Draw, path: str = "") -> Request:
    """Draw a request, whatever the carrier will say to it."""
    path = path or draw.deal(PATHS)
    key = "number" if path == "/parcels" else "code"
    return request("GET", path, query={key: draw.deal(NAMES)}, headers=dict(draw.deal(HEADERS)))


def ask(draw: Draw) -> list[Step]:
    """Ask for a parcel and a depot."""
    return [draw_question(draw, path) for path in PATHS]


def fail(draw: Draw) -> list[Step]:
    """Ask while the carrier fails, and for a known thing once it works again."""
    words = draw.deal(FAILING)
    change = Change(f"the carrier answers with {words}", Carrier({}, FAILURES[words]).open)
    path = draw.deal(PATHS)
    known = request("GET", path, query={"number": "17", "code": "17"})
    return [change, known, RECOVER]


def twist(draw: Draw) -> list[Step]:
    """Ask for things about which the carrier says something strange."""
    carrier = Carrier(draw.deal(TWISTS))
    asked = draw_question(draw)
    return [asked, Change("the carrier knows other things now", carrier.open), asked, RECOVER]


def meet(draw: Draw) -> list[Step]:
    """Ask at the same moment, twice the same; the carrier answers once all callers are inside."""
    names = draw.sample(("17", "2031/17", "Ulm", "\u212b", "a+b"), TOGETHER - 1)
    places = [(name, draw.choice((("/parcels", "number"), ("/depots", "code")))) for name in names]
    asked = [
        request("GET", path, query={key: name}, headers=dict(draw.deal(HEADERS)))
        for name, (path, key) in (*places, places[0])
    ]
    words = f"the carrier answers once {TOGETHER} callers are inside"
    hold = Change(words, lambda labs: WELL.open(labs, SelfOpeningBarrier(TOGETHER)))
    return [Together(asked, hold), RECOVER]


def watch(labs: Labs, _: httpx.Response) -> dict[str, Any]:
    """Tell what the carrier was asked since the last answer, in no order."""
    asked = sorted((describe(each) for each in labs.upstream.requests), key=str)
    labs.upstream.requests.clear()
    return {"the carrier is asked": asked}


def describe(received: Received) -> dict[str, Any]:
    """Describe a request to the carrier: what it means, and what it holds of the caller."""
    found = _ASKED.fullmatch(received.target)
    what = f"{found[1]}: {unquote(found[2])}" if found else received.target
    named = ("accept-language", "x-request-id", "cookie")
    gets = {name: received.header(name) for name in named}
    leaks = sorted(name for name, value in received.headers if PRIVATE in value)
    return {"for": what, "with": gets, "of the caller's own": leaks}


traffic = Traffic(
    scenes=(*[ask] * ASKS, *[fail] * len(FAILING), *[twist] * len(TWISTS), meet),
    prepare=WELL.open,
    watch=watch,
    requests=2 * ASKS + len(FAILING) + 2 * len(TWISTS) + TOGETHER,  # each scene once
)
