"""Traffic of 50_app_factory: lives of pods, two at a time, in which drawn steps fail and wait."""

from collections.abc import Mapping, Sequence

from dojo.grader import Draw, Freedom, Request, Traffic, request

Faults = Mapping[str, str | None]

NAMES = ("db", "cache", "worker", "admin")
LAST = ("worker", "admin")
"""Those that do not answer probes: if one of them is stopped, all that does is open."""
STARTS = tuple(f"{name}.start" for name in NAMES)
STOPS = tuple(f"{name}.stop" for name in NAMES)
ASKED = ("db.connect", "db.run", "cache.ping")
WARM_UP = "cache.warm_up"


class Life:
    """The requests of one pod."""

    def __init__(self, draw: Draw) -> None:
        self._shop = draw.word()
        self.requests: list[Request] = []

    def command(self, command: str, faults: Faults | None = None) -> None:
        """Start, stop or cancel the pod; a start may make it first."""
        body = {} if faults is None else {"body": faults}
        self.requests.append(request("POST", "/bench/{}/{}", self._shop, command, **body))

    def change(self, faults: Faults) -> None:
        """Change what fails and what waits."""
        self.requests.append(request("PATCH", "/bench/{}", self._shop, body=faults))

    def ask(self, *paths: str, method: str = "GET") -> None:
        """Ask the pod."""
        shop = self._shop
        self.requests += [request(method, f"/pods/{shop}/{path}") for path in paths]


def fail_to_start(draw: Draw, step: str) -> Life:
    """Fail in a start, and in each stop that comes of it but one."""
    life = Life(draw)
    spared = draw.choice(STOPS)
    life.command("start", {step: "fails"} | {each: "fails" for each in STOPS if each != spared})
    life.ask("live", "ready")
    return life


def cancel_start(draw: Draw, step: str) -> Life:
    """Cancel a start, and fail in a stop."""
    life = Life(draw)
    life.command("start", {step: "waits", draw.deal(STOPS): "fails"})
    life.ask("ready")
    life.command("cancel")
    return life


def fail_to_stop(draw: Draw, end: str, first: str) -> Life:
    """Fail in two or three stops, of which the first has to be waited for."""
    life = Life(draw)
    others = draw.sample([each for each in STOPS if each != first], draw.randint(1, 2))
    life.command("start", dict.fromkeys(others, "fails") | {first: "waits"})
    life.command(end)
    life.ask("ready")
    life.change({first: "fails"})
    life.ask("live")
    return life


def drain_early(draw: Draw, outcome: str | None) -> Life:
    """Drain a pod before its warm-up has ended, which then goes well, fails or is cancelled."""
    life = Life(draw)
    life.command("start", {WARM_UP: "waits"})
    life.ask("drain", method="POST")
    if outcome != "waits":
        life.change({WARM_UP: outcome})
    life.ask("ready", "admin/log")
    life.command("stop")
    if outcome is None:  # a new pod of the same shop takes its place
        life.command("start", {})
        life.ask("ready")
    return life


def fall_ill(draw: Draw, step: str) -> Life:
    """Be down for a time that begins in the warm-up, and be ready again."""
    life = Life(draw)
    life.command("start", {WARM_UP: "waits"})
    life.change({WARM_UP: None, step: "fails"})
    life.ask("ready", "live")
    life.change({step: None})
    life.ask("ready")
    return life


def interleave(draw: Draw, one: Sequence[Request], other: Sequence[Request]) -> list[Request]:
    """Mix two lives, each in its own order."""
    turns = draw.sample([0] * len(one) + [1] * len(other), len(one) + len(other))
    rests = (iter(one), iter(other))
    return [next(rests[turn]) for turn in turns]


def visit(draw: Draw) -> list[Request]:
    """Live each life, two at a time."""
    lives = [fail_to_start(draw, step) for step in STARTS]
    lives += [cancel_start(draw, step) for step in STARTS]
    lives += [fail_to_stop(draw, end, f"{draw.choice(LAST)}.stop") for end in ("stop", "cancel")]
    lives += [drain_early(draw, outcome) for outcome in (None, "fails", "waits")]
    lives += [fall_ill(draw, step) for step in ASKED]
    drawn = [life.requests for life in draw.sample(lives, len(lives))]
    pairs = zip(drawn[::2], drawn[1::2], strict=True)
    return [each for one, other in pairs for each in interleave(draw, one, other)]


FREE = "The body of a 503 is up to you"

traffic = Traffic(
    scenes=(visit,),
    freedoms=tuple(Freedom(FREE, at, status=503) for at in ("body", "headers.content-type")),
    requests=40,
)
