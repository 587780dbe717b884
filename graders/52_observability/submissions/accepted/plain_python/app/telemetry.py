"""Telemetry without a library: a counter for each labels and bound, and a list as context."""

import logging
import uuid
from collections import Counter
from contextvars import ContextVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import clock

NAME = "http_request_duration_seconds"
BOUNDS = ("0.125", "0.25", "0.5", "1", "2", "4", "+Inf")
METHODS = "GET HEAD POST PUT PATCH DELETE OPTIONS".split()
DIGITS = set("0123456789abcdef")

log = logging.getLogger("app.slow")
trace_id: ContextVar[str] = ContextVar("trace_id", default="")
parent_id: ContextVar[str] = ContextVar("parent_id", default="")
queries: ContextVar[list[int]] = ContextVar("queries")
buckets: Counter[tuple[str, str]] = Counter()
sums: Counter[str] = Counter()
in_flight = 0


def count_query() -> None:
    if (counted := queries.get(None)) is not None:
        counted.append(1)


def get_trace_id() -> str:
    return trace_id.get()


def get_traceparent() -> str:
    return f"00-{trace_id.get()}-{parent_id.get()}-00"


def is_id(text: str, length: int) -> bool:
    return len(text) == length and set(text) <= DIGITS and set(text) != {"0"}


def begin_trace(header: str) -> None:
    trace_id.set(uuid.uuid4().hex)
    parent_id.set(uuid.uuid4().hex[:16])
    match header.split("-"):
        case ["00", trace, parent, flags] if is_id(trace, 32) and is_id(parent, 16):
            if len(flags) == 2 and set(flags) <= DIGITS:
                trace_id.set(trace)


def write_metrics() -> str:
    lines = [f"# TYPE {NAME} histogram"]
    for labels, total in sums.items():
        for bound in BOUNDS:
            lines.append(f'{NAME}_bucket{{{labels},le="{bound}"}} {buckets[labels, bound]}')
        lines.append(f"{NAME}_sum{{{labels}}} {total}")
        lines.append(f"{NAME}_count{{{labels}}} {buckets[labels, '+Inf']}")
    lines += ["# TYPE http_requests_in_flight gauge", f"http_requests_in_flight {in_flight}"]
    return "\n".join(lines) + "\n"


class Telemetry:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        global in_flight
        if scope["type"] != "http" or scope["path"] in {"/health", "/metrics"}:
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        begin_trace(headers.get(b"traceparent", b"").decode("latin-1"))
        queries.set([])
        started, answer, end = clock.monotonic(), 0, ""
        in_flight += 1

        async def watch(message: Message) -> None:
            nonlocal answer, end
            answer = message.get("status", answer)
            is_last = "body" in message and not message.get("more_body")
            if is_last and not end:
                end = f"{answer // 100}xx"
                close(scope, started, end)
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except BaseException as error:
            if not end:
                end = "5xx" if isinstance(error, Exception) else "aborted"
                close(scope, started, end)
            raise
        if not end:
            close(scope, started, "aborted")


def close(scope: Scope, started: float, status: str) -> None:
    global in_flight
    in_flight -= 1
    seconds = clock.monotonic() - started
    method = scope["method"] if scope["method"] in METHODS else "OTHER"
    path = getattr(scope.get("route"), "path", None)
    route = f"{scope['root_path']}{path}" if path else "unmatched"
    labels = f'method="{method}",route="{route}",status="{status}"'
    sums[labels] += seconds  # type: ignore[assignment]
    for bound in BOUNDS:
        buckets[labels, bound] += seconds <= float(bound)
    if seconds > 1:
        fields = {"route": route, "seconds": seconds, "queries": len(queries.get())}
        log.warning("%s %s: %.3f s", method, route, seconds, extra=fields)
