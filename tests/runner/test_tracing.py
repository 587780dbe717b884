"""A trace shows what really happened: known answers of real katas, graded again behind the wall."""

import functools
from collections.abc import Sequence
from pathlib import Path

import pytest

from dojo.harness.temporary_folders import open_run_folder, open_temporary_folder
from dojo.model.catalogue import Catalogue
from dojo.model.reports import CriterionResult, Outcome
from dojo.model.traces import Moment
from dojo.output.trace_lanes import Layout, describe_moment, lay_out
from dojo.proof.cases import list_cases
from dojo.runner.fork_server_launcher import ForkServerLauncher
from dojo.runner.grading import Job, Options
from dojo.runner.tracing import trace

from ..leaks import read_secrets

CATALOGUE = Catalogue(Path(__file__).parents[2])

BLOCKED = ("02", "stub", "test_terms_overlap_at_partner")
LEAKED = ("03", "no_finally", "test_session_closes_after_errors")
MET = ("40", "lease_without_fence", "test_leases_never_overlap")
MAILED = ("21", "session_passed", "test_connection_is_free_meanwhile")
COMPARED = ("03", "no_finally", "test_any_request_stays_right")


@functools.cache
def look(number: str, case: str, criterion: str) -> tuple[CriterionResult, Sequence[Moment]]:
    """Trace one criterion of a known answer; give its result and its moments."""
    kata = CATALOGUE.find(number)
    with open_run_folder() as own, open_run_folder() as folder, open_temporary_folder() as scratch:
        source = next(each.source for each in list_cases(kata, scratch) if each.name == case)
        launcher = ForkServerLauncher(own, ("upstream",))
        try:
            traced = trace(Job(kata, source, Options("1", (criterion,))), launcher, folder)
        finally:
            launcher.close()
    assert traced.report.fault is None
    return traced.report.criteria[0], traced.moments[criterion]


def list_open(layout: Layout, start: str) -> list[str]:
    """Name the spans that are not over at the end and whose names start like this."""
    return [span for span in layout.open_spans if span.startswith(start)]


def test_blocked_loop_keeps_requests_in_line() -> None:
    """Six requests wait, one call is at the partner, and the trace says where the loop stands."""
    result, moments = look(*BLOCKED)
    layout = lay_out(moments)

    assert result.outcome is Outcome.FAILED
    assert list_open(layout, "request") == [f"request {number}" for number in range(1, 7)]
    assert list_open(layout, "call") == ["call 1"]
    (loop,) = {each.text for each in moments if each.lane == "loop"}
    assert "the app's event loop is blocked (app/legacy.py:" in loop


def test_session_outlives_its_request() -> None:
    """A session that nobody closes goes on below the end of its request."""
    _, moments = look(*LEAKED)
    words = [f"{each.span}: {describe_moment(each)}" for each in moments]

    assert words[:4] == [
        "request 1: GET /orders/99999 (x-api-key: demo-key)",
        "session 1: opened (request 1)",
        "session 1: read (request 1)",
        'request 1: answers 404 {"detail":"Order 99999 does not exist."}',
    ]
    assert lay_out(moments).open_spans == ["session 1"]


def test_instances_meet_at_gateway() -> None:
    """Calls of two instances are at the gateway at the same moment, while the clock moves on."""
    _, moments = look(*MET)
    lanes = [lane.name for lane in lay_out(moments).lanes]
    begun = [each for each in moments if each.edge == "begin"]
    owner, late = (each for each in begun if each.span in ("request 4", "request 5"))

    assert lanes == [
        "requests to instance 1",
        "requests to instance 2",
        "calls of the upstream",
        "clock",
    ]
    assert (owner.lane, late.lane) == tuple(lanes[:2])
    assert [each.span for each in begun[-2:]] == ["request 5", "call 4"]
    assert "call 3" in lay_out(moments).open_spans
    assert any("59 seconds later" in each.text for each in moments)


def test_mail_outlives_its_request() -> None:
    """A mail that the server does not take goes on after its request has been answered."""
    _, moments = look(*MAILED)
    words = [f"{each.span}: {each.text}" for each in moments]
    came = next(n for n, text in enumerate(words) if text.startswith("mail 1: a mail to "))
    answered = next(n for n, text in enumerate(words) if text.startswith("request 1: answers 201"))

    assert answered < came
    assert list_open(lay_out(moments), "mail") == ["mail 1"]


def test_drawn_traffic_shows_one_host() -> None:
    """Of a criterion that compares drawn traffic, the shortest sequence is shown, and it alone."""
    result, moments = look(*COMPARED)
    requests = [
        each for each in moments if each.span.startswith("request") and each.edge == "begin"
    ]
    assert result.finding is not None

    assert len(requests) == len([step for step in result.finding.did if step.startswith("curl")])
    assert all("instance" not in each.lane for each in moments)


@pytest.mark.parametrize("traced", [BLOCKED, LEAKED, MET], ids=lambda each: each[0])
def test_trace_tells_no_secret(traced: tuple[str, str, str]) -> None:
    """No moment holds a line of the grader or a place on this machine."""
    secrets = read_secrets(CATALOGUE.find(traced[0]))
    text = "\n".join(f"{each.span} {each.text}" for each in look(*traced)[1])

    assert secrets.paths
    assert secrets.lines
    assert [each for each in (*secrets.paths, *secrets.lines) if each in text] == []
