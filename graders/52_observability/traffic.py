"""Traffic of 52_observability: all kinds of ends, some of them while other requests wait.

Durations are multiples of 1/64. Not sent is what the statement leaves open: generated pages, paths
with a slash at their end, and other versions of `traceparent`.
"""

import re
from collections import defaultdict
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from dojo.grader import (
    Change,
    Draw,
    Failure,
    Freedom,
    Hold,
    Labs,
    Release,
    Request,
    Step,
    Traffic,
    request,
)
from dojo.harness.barriers import Barrier
from dojo.harness.upstream_protocol import Reply

DURATION, IN_FLIGHT = "http_request_duration_seconds", "http_requests_in_flight"
SECONDS = (0, 0.125, 0.140625, 0.25, 0.265625, 0.484375, 0.5, 1, 1.015625, 2, 3.984375, 4, 4.5, 60)
PATHS = (
    *("/stars/007", "/stars/13", "/stars/501", "/stars/x", "/stars/star", "/stars/7%2F8"),
    *("/STARS/7", "/stars/%7Bstar_id%7D", "/nights/9/images", "/nights/13/images", "/nights/9"),
    *("/", "/admin/domes/4", "/admin/domes/x", "/admin/domes", "/domes/4", "/health/x", "/Health"),
    *("/%68ealth", "/metrics/x", "/admin/health", "/unmatched", "/sky", "/a%22b%5C"),
)
MEASURED = tuple(path for path in PATHS if path != "/%68ealth")
METHODS = ("HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PURGE")
BODIES: tuple[Any, ...] = (
    {"star_id": 7, "seconds": 0.25},
    {"star_id": 13, "seconds": 1.25},
    {"star_id": "x", "seconds": 2},
    {"star_id": 7, "seconds": -1},
    None,
)
IDS = ("0af7651916cd43dd8448eb211c80319c", f"{1:032x}", "f" * 32, "a" * 31 + "0")
SPANS = ("b7ad6b7169203331", f"{1:016x}", "f" * 16)
TRACES = (
    *(f"00-{each}-{SPANS[number % 3]}-{number:02x}" for number, each in enumerate(IDS)),
    *(f"00-{IDS[0]}-{SPANS[1]}-ff", f"00-{IDS[0]}-{'0' * 16}-01", f"00-{IDS[1]}-{SPANS[0]}-01-00"),
    *(
        f"00-{IDS[3].upper()}-{SPANS[0]}-01",
        f"00-{IDS[0]}-{SPANS[0]}-1",
        f"00-{IDS[0]}-{'F' * 16}-01",
    ),
    *("", None),
)
REPORTED = [*TRACES]
"""A deck of its own, for requests that report something: so each of them is looked at."""
NEIGHBOURS = (0, 1, 5, 50)
ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
FORM = re.compile(r"00-([0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-[0-9a-f]{2}")


def open_services(labs: Labs, barrier: Barrier | None = None) -> None:
    """Let the services answer, the weather behind a barrier."""
    labs.upstream.on("GET", "/weather/{place}", Reply.json("clear"), barrier=barrier)
    labs.upstream.on("GET", "/nights/{night}/{number}", Reply.json("dark"))
    labs.upstream.on("POST", "/images", Reply.json({}))


def break_archive(labs: Labs) -> None:
    """Let background tasks fail."""
    labs.upstream.on("POST", "/images", Reply.json({}, 500))


def send(draw: Draw, method: str, path: str, **more: Any) -> Request:
    """Make a request of some trace, which takes some seconds."""
    trace = draw.deal(more.pop("traces", TRACES))
    headers = {} if trace is None else {"traceparent": trace}
    query = {"seconds": draw.deal(SECONDS), "neighbours": draw.deal(NEIGHBOURS)}
    crashes = path == "/stars/13"
    return request(method, path, query=query, headers=headers, crashes=crashes, **more)


LOOK = request("GET", "/metrics")


def ask(draw: Draw) -> list[Request]:
    """Ask for paths, by `GET` and by other methods, and look."""
    asked = [send(draw, "GET", draw.deal(PATHS)) for _ in range(4)]
    asked += [send(draw, "GET", "/stars/7", traces=REPORTED) for _ in range(2)]
    asked += [send(draw, draw.deal(METHODS), draw.choice(MEASURED)) for _ in range(2)]
    return [*draw.sample(asked, len(asked)), LOOK]


def expose(draw: Draw) -> list[Step]:
    """Take exposures; for some of them the background task fails."""
    asked = [send(draw, "POST", "/exposures", body=draw.deal(BODIES)) for _ in BODIES]
    broken = Change("the archive fails", break_archive)
    return [*asked[:3], broken, *asked[3:], Change("the archive works", open_services), LOOK]


def wait(draw: Draw) -> list[Step]:
    """Have one or two requests wait, while others are answered."""
    held = [Hold([send(draw, "GET", "/sky/Oslo")], "it waits for the weather", open_services)]
    if draw.random() < 1 / 2:
        held.append(Hold([send(draw, "GET", "/sky/Kiel")], "so does this one", open_services))
    others = [send(draw, "GET", draw.deal(PATHS)) for _ in range(2)]
    return [*held, *others, LOOK, *[Release("the weather service answers")] * len(held), LOOK]


def read_metrics(text: str) -> dict[str, Any]:
    """Give what is promised of the metrics, by labels."""
    found: dict[str, Any] = {}
    for family in text_string_to_metric_families(text):
        if family.name not in (DURATION, IN_FLIGHT):
            continue
        for sample in family.samples:
            labels = dict(sample.labels)
            column = sample.name.removeprefix(DURATION)
            if column == "_bucket":
                column = f"to {float(labels.pop('le')):g}"
            known = [labels.pop(name) for name in ("method", "route", "status") if name in labels]
            key = " ".join([*known, *labels.values()])
            if column != "_created":
                found.setdefault(key or "in flight", {})[column.lstrip("_")] = float(sample.value)
    return {key: each for key, each in found.items() if each.get("count") != 0}


def watch(labs: Labs, response: httpx.Response) -> dict[str, Any]:
    """Tell what the metrics are, or which slow requests were logged so far."""
    if response.request.url.path == "/metrics":
        try:
            return {"metrics": read_metrics(response.text)}
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise Failure("metrics as Prometheus reads them", str(error)) from None
    logs = labs.host.evidence.logs("app.slow")
    fields = ("route", "seconds", "queries")
    return {"slow": [" ".join(str(log.fields.get(name)) for name in fields) for log in logs]}


def inspect(labs: Labs) -> dict[str, Any]:
    """Tell what is in each trace."""
    traces: defaultdict[str, list[str]] = defaultdict(list)
    for log in labs.host.evidence.logs("kata.observatory"):
        traces[str(log.fields.get("trace_id"))].append(f"{log.message} {log.fields.get('about')}")
    for call in labs.upstream.requests:
        header = FORM.fullmatch(str(call.header("traceparent")))
        own = header is not None and header[2] not in SPANS
        traces[header[1] if header and own else "none"].append(call.path)
    new = {name for name in traces if name not in IDS and ID.fullmatch(name)}
    named = {name: sorted(each) for name, each in traces.items() if name not in new}
    others = sorted(sorted(traces[name]) for name in new)
    return {"traces of callers": named, "new traces": others}


def both_are_metrics(expected: Any, seen: Any) -> bool:
    """Tell whether two bodies are metrics: what is promised of them is compared apart."""
    return all(isinstance(each, str) and IN_FLIGHT in each for each in (expected, seen))


traffic = Traffic(
    scenes=(ask, ask, ask, ask, ask, ask, expose, wait),
    freedoms=(Freedom("Other metrics are up to you.", "body", both_are_metrics),),
    headers=("allow", "location"),
    prepare=open_services,
    watch=watch,
    inspect=inspect,
    requests=65,
)
