"""Telemetry around the app, with a collector of its own, and a trace that only has a context."""

import logging
from collections.abc import Iterator
from typing import Any

from opentelemetry import context, trace
from opentelemetry.sdk.trace import RandomIdGenerator
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import CollectorRegistry, make_asgi_app
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from .clock import monotonic

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUERIES = context.create_key("queries")
propagator = TraceContextTextMapPropagator()
ids = RandomIdGenerator()


def count_query() -> None:
    queries: Any = context.get_value(QUERIES)
    queries.append(1)


def get_trace_id() -> str:
    return f"{trace.get_current_span().get_span_context().trace_id:032x}"


def get_traceparent() -> str:
    headers: dict[str, str] = {}
    propagator.inject(headers)
    return headers["traceparent"]


def make_context(scope: Any, queries: list[int]) -> context.Context:
    headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
    brought = trace.get_current_span(propagator.extract(headers)).get_span_context()
    trace_id = brought.trace_id or ids.generate_trace_id()
    own = trace.SpanContext(trace_id, ids.generate_span_id(), is_remote=False)
    current = trace.set_span_in_context(trace.NonRecordingSpan(own))
    return context.set_value(QUERIES, queries, current)


class Observer(Collector):
    def __init__(self, app: Any) -> None:
        self.app = app
        self.under_way: set[int] = set()
        self.seen: dict[tuple[str, str, str], list[float]] = {}
        registry = CollectorRegistry()
        registry.register(self)
        self.metrics = make_asgi_app(registry)

    def collect(self) -> Iterator[HistogramMetricFamily | GaugeMetricFamily]:
        labels = ("method", "route", "status")
        family = HistogramMetricFamily("http_request_duration_seconds", "Time", labels=labels)
        for values, taken in self.seen.items():
            bounds = ("0.125", "0.25", "0.5", "1", "2", "4", "+Inf")
            pairs = [(each, sum(one <= float(each) for one in taken)) for each in bounds]
            family.add_metric(values, pairs, sum(taken))
        yield family
        yield GaugeMetricFamily("http_requests_in_flight", "Now", value=len(self.under_way))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path")
        if scope["type"] != "http" or path in ("/metrics", "/health"):
            app = self.metrics if path == "/metrics" else self.app
            return await app(scope, receive, send)
        started, status, queries = monotonic(), 0, list[int]()
        self.under_way.add(id(queries))

        def close(outcome: str) -> None:
            if id(queries) not in self.under_way:
                return
            self.under_way.remove(id(queries))
            seconds = monotonic() - started
            method = scope["method"] if scope["method"] in METHODS else "OTHER"
            found = scope.get("route")
            route = scope.get("root_path", "") + found.path if found else "unmatched"
            self.seen.setdefault((method, route, outcome), []).append(seconds)
            if seconds > 1.0:
                extra = {"route": route, "seconds": seconds, "queries": len(queries)}
                logging.getLogger("app.slow").warning("slow", extra=extra)

        async def send_on(event: Any) -> None:
            nonlocal status
            await send(event)
            status = event.get("status", status)
            if event["type"] == "http.response.body" and not event.get("more_body", False):
                close(f"{status // 100}xx")

        token = context.attach(make_context(scope, queries))
        try:
            await self.app(scope, receive, send_on)
        except Exception:
            close("5xx")
            raise
        finally:
            close("aborted")
            context.detach(token)
