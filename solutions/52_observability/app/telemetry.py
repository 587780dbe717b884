"""Telemetry: each request has a record, and is counted once, when it is over."""

import logging
import re
from contextvars import ContextVar
from secrets import token_hex

from fastapi import Response
from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import clock

DURATION = "http_request_duration_seconds"
BUCKETS = (0.125, 0.25, 0.5, 1, 2, 4)
LABELS = ("method", "route", "status")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
TRACEPARENT = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
registry = CollectorRegistry()
durations = Histogram(DURATION, "To the last byte.", LABELS, buckets=BUCKETS, registry=registry)
in_flight = Gauge("http_requests_in_flight", "Requests that are not over.", registry=registry)


class Record:
    """A request, from its beginning until it is over."""

    def __init__(self, scope: Scope) -> None:
        brought = TRACEPARENT.fullmatch(dict(scope["headers"]).get(b"traceparent", b""))
        self.trace_id = brought[1].decode() if brought else token_hex(16)
        self.scope, self.started = scope, clock.monotonic()
        self.queries, self.status, self.is_over = 0, 0, False
        in_flight.inc()

    def finish(self, status: str) -> None:
        """Count the request, unless it was over before its background task."""
        if self.is_over:
            return
        self.is_over = True
        in_flight.dec()
        seconds, scope = clock.monotonic() - self.started, self.scope
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        route = scope["root_path"] + scope["route"].path if "route" in scope else "unmatched"
        durations.labels(method, route, status).observe(seconds)
        if seconds > 1:
            details = {"route": route, "seconds": seconds, "queries": self.queries}
            logging.getLogger("app.slow").warning("slow request", extra=details)


current: ContextVar[Record] = ContextVar("current")


def count_query() -> None:
    current.get().queries += 1


def get_trace_id() -> str:
    return current.get().trace_id


def get_traceparent() -> str:
    return f"00-{get_trace_id()}-{token_hex(8)}-01"


def write_metrics() -> Response:
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")


def measure(app: ASGIApp) -> ASGIApp:
    async def follow(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in ("/health", "/metrics"):
            return await app(scope, receive, send)
        current.set(record := Record(scope))

        async def pass_on(message: Message) -> None:
            record.status = message.get("status", record.status)
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                record.finish(f"{record.status // 100}xx")

        try:
            await app(scope, receive, pass_on)
        except Exception:
            record.finish("5xx")
            raise
        finally:
            record.finish("aborted")

    return follow
