"""Traffic of 19_fan_out: back ends that answer well, badly and not at all, for several at once."""

import re
from collections.abc import Callable
from typing import Any

from dojo.grader import Change, Draw, Freedom, Labs, Step, Together, Traffic, request
from dojo.harness.upstream import Received
from dojo.harness.upstream_protocol import Reply

NUMBER = re.compile(r"-?\d{1,20}", re.ASCII)
PARTS = ("profiles", "orders", "offers")
MEMBERS = (1, 2, 7, 99, 10**12, 0, -5)
BAD_MEMBERS = ("x", "1.5", "", "%00", "1e3")
FAULTS: dict[str, Reply] = {
    "fails": Reply.json({}, 500),
    "is overloaded": Reply.json({}, 503),
    "knows nobody": Reply.json({}, 404),
    "says nothing": Reply.hang_up(),
    "resets the line": Reply.reset(),
    "speaks no HTTP": Reply.garbage(),
    "sends another type": Reply.json({"unknown": 1}),
    "sends null": Reply.json(None),
    "sends a text": Reply.text("ok"),
    "sends nothing": Reply.text(""),
    "moves": Reply.json([], 301, {"location": "/health"}),
    "has no content": Reply.json([], 206),
}
LISTS: dict[str, tuple[Any, ...]] = {
    "profiles": (
        {"name": "", "tier": " "},
        {"name": "Zoe\u0308 \u212b", "tier": "x" * 500, "id": 5, "warnings": ["orders"]},
        {"name": "50%41 '--", "tier": "आदित्य 👩\u200d🚀"},
    ),
    "orders": (
        [],
        [{"id": 2, "total": "0.10"}, {"id": 1, "total": "0.10"}, {"id": 2, "total": "0.10"}],
        [{"id": 1, "total": "10000000000000000.01", "tip": 5}],
    ),
    "offers": (
        [],
        [{"code": "", "percent": 0}],
        [{"code": "B", "percent": -5}, {"code": "A", "percent": 100}],
    ),
}


def set_reply(part: str, words: str, reply: Reply | None) -> Change:
    """Decide what a back end says from now on; `None` is what it knows of each member."""
    return Change(f"the back end of the {part} {words}", lambda labs: _keep(labs, part, reply))


def _keep(labs: Labs, part: str, reply: Reply | None) -> None:
    labs.prepared[part] = reply


def prepare(labs: Labs) -> dict[str, Reply | None]:
    """Open the back ends; give what each says instead of what it knows."""
    replies: dict[str, Reply | None] = {}
    for part in PARTS:
        labs.upstream.on("GET", f"/{part}/{{member_id}}", make_script(part, replies))
    return replies


def make_script(part: str, replies: dict[str, Reply | None]) -> Callable[[Received], Reply]:
    """Make what a back end does with a call."""

    def answer(received: Received) -> Reply:
        member = received.path_parameters["member_id"]
        if not NUMBER.fullmatch(member):
            return Reply.json({}, 400)
        known = {
            "profiles": {"name": f"Member {member}", "tier": "silver"},
            "orders": [{"id": int(member) % 1000, "total": "7.90"}],
            "offers": [{"code": f"C{member}", "percent": 5}],
        }
        return replies.get(part) or Reply.json(known[part])

    return answer


def visit(draw: Draw) -> list[Step]:
    """Have each back end fail in each way, alone and with another, and answer strangely."""
    steps: list[Step] = []
    for words, fault in draw.sample(list(FAULTS.items()), len(FAULTS)):
        part, other = draw.sample(PARTS, 2)
        steps += [set_reply(part, words, fault), ask(draw)]
        steps += [set_reply(other, "fails", FAULTS["fails"]), ask(draw)]
        steps += [set_reply(each, "works again", None) for each in (part, other)]
    for part in PARTS:
        for value in LISTS[part]:
            steps += [set_reply(part, "says something else", Reply.json(value)), ask(draw)]
        steps += [set_reply(part, "works again", None)]
    steps += [request("GET", "/dashboards/{}", each) for each in BAD_MEMBERS]
    crowd = [request("GET", "/dashboards/{}", each) for each in MEMBERS]
    steps += [Together([*crowd, request("GET", "/health"), *crowd[:3]])]
    steps += [set_reply("offers", "fails", FAULTS["fails"]), Together(crowd)]
    return steps


def ask(draw: Draw) -> Step:
    """Ask for the page of a member."""
    return request("GET", "/dashboards/{}", draw.deal(MEMBERS))


traffic = Traffic(
    scenes=(visit,),
    freedoms=(
        Freedom("Its body is up to you", "body", status=502),
        Freedom("Its body is up to you", "headers.content-type", status=502),
    ),
    prepare=prepare,
    requests=40,
)
