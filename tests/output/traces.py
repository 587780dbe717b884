"""Traces: made by hand, for the tests of this folder."""

from collections.abc import Sequence

from dojo.model.reports import CriterionResult
from dojo.model.traces import Edge, Moment, Trace

from .samples import make_failed

ONE_REQUEST = (
    Moment(lane="requests", span="request 1", edge=Edge.BEGIN, text="GET /orders/9"),
    Moment(lane="sessions", span="session 1", edge=Edge.BEGIN, text="opened", owner="request 1"),
    Moment(text="the partner is well again"),
    Moment(lane="log", text="WARNING app: slow", owner="request 1", count=3),
    Moment(lane="requests", span="request 1", edge=Edge.END, text="answers 404"),
)
"""A session that outlives its request."""


def make_trace(
    moments: Sequence[Moment] = ONE_REQUEST, result: CriterionResult | None = None
) -> Trace:
    """Make a trace of these moments."""
    failed = result or make_failed(did=["curl /orders/9"], expected="status 200")
    return Trace("07_library", "Lend books", "5e", failed, moments, ["Seed 5e."])


def make_requests(count: int, *, ended: bool = False) -> list[Moment]:
    """Make requests that all begin, and end in the same order if they do at all."""
    names = [f"request {number}" for number in range(1, count + 1)]
    edges = (Edge.BEGIN, Edge.END) if ended else (Edge.BEGIN,)
    return [
        Moment(lane="requests", span=name, edge=edge, text="GET /")
        for edge in edges
        for name in names
    ]
