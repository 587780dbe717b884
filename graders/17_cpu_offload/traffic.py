"""Traffic of 17_cpu_offload: photos of every name, read or not, alone and at the same moment.

Not sent is what the statement leaves open: more than there is room for, and others beside a photo
whose worker is lost. Those are for criteria.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import httpx

from dojo.grader import Change, Draw, Hold, Labs, Release, Request, Step, Together, Traffic, request
from dojo.harness.barriers import Barrier
from dojo.harness.upstream import Received
from dojo.harness.upstream_protocol import Reply

WORKERS, MAX_QUEUE = 2, 3
PHOTOS = (
    *("beach", "Beach", "../beach", ".", "a/b", " beach ", "50%41", "a?b#c", "a+b;c=d&e"),
    *("Zoe\u0308 \u212b", "आदित्य 👩\u200d🚀", "tab\tnul\x00\r\n", "x" * 60, "0", "null"),
)
REASONS = (
    *("The file ends too early.", "", "  ", "Zoe\u0308 \u212b 👩\u200d🚀", "x" * 3000),
    *('{"detail": "%s"}', "The worker was lost.", "<b>null</b>\n\x00"),
)
TWISTS: tuple[Mapping[str, Any], ...] = (
    {"photo": "another"},
    {"width": 0, "height": -1},
    {"width": 10**18, "margin": 1},
    {"photo": "", "detail": "All workers are busy."},
)
BAD: tuple[Any, ...] = ({}, {"photo": ""}, {"photo": "x" * 61}, {"photo": 5}, None, {"photo": None})


@dataclass(frozen=True)
class Bench:
    """How the bench answers: with a thumbnail and a twist, or with one reply to everything."""

    twist: Mapping[str, Any]
    reply: Reply | None = None

    def answer(self, received: Received) -> Reply:
        """Answer a crunch."""
        photo = received.path_parameters["photo"]
        known = {"photo": photo, "width": 3 * len(photo), "height": 120}
        return self.reply or Reply.json(known | dict(self.twist))

    def open(self, labs: Labs, barrier: Barrier | None = None) -> None:
        """Let the bench answer like this from now on."""
        labs.upstream.on("POST", "/crunches/{photo}", self.answer, barrier=barrier)


WELL = Bench({})
RECOVER = Change("photos are crunched as usual", WELL.open)
HEALTH = request("GET", "/health")


def order(draw: Draw) -> Request:
    """Ask for the thumbnail of a photo."""
    return request("POST", "/thumbnails", body={"photo": draw.deal(PHOTOS)})


def ask(draw: Draw) -> list[Step]:
    """Ask for a photo twice."""
    wanted = order(draw)
    return [wanted, wanted]


def twist(draw: Draw) -> list[Step]:
    """Ask for a photo whose thumbnail is strange, and again when it is not."""
    wanted = order(draw)
    change = Change("the thumbnails are others now", Bench(draw.deal(TWISTS)).open)
    return [change, wanted, RECOVER, wanted]


def misread(draw: Draw) -> list[Step]:
    """Ask for a photo that cannot be read, and again when it can."""
    reason, wanted = draw.deal(REASONS), order(draw)
    reply = Reply.json({"reason": reason}, 422)
    change = Change(f"photos cannot be read: {reason[:40]!r}", Bench({}, reply).open)
    return [change, wanted, RECOVER, wanted]


def lose(draw: Draw) -> list[Step]:
    """Lose a worker, and ask again for the same photo once there is memory."""
    wanted = order(draw)
    change = Change("memory is used up", Bench({}, Reply.json({}, 507)).open)
    return [change, wanted, HEALTH, RECOVER, wanted]


def misspell(draw: Draw) -> list[Step]:
    """Send what is no order."""
    return [request("POST", "/thumbnails", body=draw.deal(BAD))]


def meet(draw: Draw) -> list[Step]:
    """Take every place at the same moment, also for the same photo; some cannot be read."""
    wanted = [order(draw) for _ in range(WORKERS + MAX_QUEUE - 1)]
    return [Together([*wanted, wanted[0]])]


def hold(draw: Draw) -> list[Step]:
    """Ask for others while photos are being crunched."""
    wanted = [order(draw) for _ in range(draw.randint(1, WORKERS))]
    words = f"{len(wanted)} photos are being crunched"
    bad = request("POST", "/thumbnails", body=draw.deal(BAD))
    return [Hold(wanted, words, WELL.open), HEALTH, bad, Release("they are done")]


SCENES = (
    *[ask] * 4,
    *[twist] * len(TWISTS),
    *[misread] * len(REASONS),
    *[lose] * 2,
    *[misspell] * len(BAD),
    meet,
)


def visit(draw: Draw) -> list[Step]:
    """Play all scenes in any order; before and after them, hold photos on the bench."""
    scenes = (hold, *draw.sample(SCENES, len(SCENES)), hold)
    return [step for scene in scenes for step in scene(draw)]


def watch(labs: Labs, _: httpx.Response) -> dict[str, Any]:
    """Tell what was crunched since the last answer, in no order."""
    crunched = sorted(unquote(each.target) for each in labs.upstream.requests)
    labs.upstream.requests.clear()
    return {"crunched": crunched}


traffic = Traffic(
    scenes=(visit,), headers=("retry-after",), prepare=WELL.open, watch=watch, requests=55
)
