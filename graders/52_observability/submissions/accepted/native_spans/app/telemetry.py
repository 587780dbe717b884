"""Telemetry: FastAPI's own spans, measured by our clock.

The spans go nowhere: they hold the query string. The default sampler would leave out requests whose
caller does not sample, so all spans are recorded.
"""

import logging
from collections.abc import MutableMapping
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from . import clock

NAME = "http_request_duration_seconds"
BUCKETS = (0.125, 0.25, 0.5, 1, 2, 4)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
LEFT = {"ConnectionError", "asyncio.exceptions.CancelledError"}

slow_log = logging.getLogger("app.slow")
reader = InMemoryMetricReader()
durations = (
    MeterProvider(metric_readers=[reader])
    .get_meter("observatory")
    .create_histogram(NAME, explicit_bucket_boundaries_advisory=BUCKETS)
)
under_way: dict[int, list[float]] = {}
"""When each span has started, and how many queries it has made."""


class Measuring(SpanProcessor):
    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        under_way[span.get_span_context().span_id] = [clock.monotonic(), 0]

    def on_end(self, span: ReadableSpan) -> None:
        context, attributes = span.context, span.attributes or {}
        assert context is not None
        started, queries = under_way.pop(context.span_id)
        seconds = clock.monotonic() - started
        method = str(attributes["http.request.method"])
        route = str(attributes.get("http.route", "unmatched"))
        if route.endswith("/{path}"):  # a mount, but no route in it
            route = "unmatched"
        labels = {"method": method if method in METHODS else "OTHER", "route": route}
        durations.record(seconds, labels | {"status": read_status(attributes)})
        if seconds > 1:
            fields = {"route": route, "seconds": seconds, "queries": int(queries)}
            slow_log.warning("%s was slow", route, extra=fields)


def read_status(attributes: Any) -> str:
    error = str(attributes.get("error.type", ""))
    if error in LEFT:
        return "aborted"
    if error:
        return "5xx"
    return f"{attributes['http.response.status_code'] // 100}xx"


tracer_provider = TracerProvider(sampler=ALWAYS_ON, shutdown_on_exit=False)
tracer_provider.add_span_processor(Measuring())


def is_unmeasured(scope: MutableMapping[str, Any]) -> bool:
    return scope["path"] in ("/metrics", "/health")


def count_query() -> None:
    found = under_way.get(trace.get_current_span().get_span_context().span_id)
    if found is not None:
        found[1] += 1


def get_trace_id() -> str:
    return trace.format_trace_id(trace.get_current_span().get_span_context().trace_id)


def get_traceparent() -> str:
    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier["traceparent"]


def write_metrics() -> str:
    lines = [f"# TYPE {NAME} histogram"]
    data = reader.get_metrics_data()
    for point in (
        data.resource_metrics[0].scope_metrics[0].metrics[0].data.data_points if data else []
    ):
        labels = ",".join(f'{name}="{value}"' for name, value in point.attributes.items())
        total = 0
        for bound, number in zip((*BUCKETS, "+Inf"), point.bucket_counts, strict=True):
            total += number
            lines.append(f'{NAME}_bucket{{{labels},le="{bound}"}} {total}')
        lines += [f"{NAME}_count{{{labels}}} {total}", f"{NAME}_sum{{{labels}}} {point.sum}"]
    gauge = "http_requests_in_flight"
    return "\n".join([*lines, f"# TYPE {gauge} gauge", f"{gauge} {len(under_way)}", ""])
