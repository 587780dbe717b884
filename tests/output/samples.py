"""Samples: reports made by hand, for the tests of this folder."""

from dojo.model.reports import CriterionResult, Environment, Finding, Outcome, Report

ENVIRONMENT = Environment(
    dojo="0.1.0",
    python="3.12.0",
    fastapi="0.165.0",
    platform="Linux",
    isolation="basic",
    grader_digest="a1",
    submission_digest="b2",
)
HOSTILE = (
    "\x00\x07\x1b[31m\x9b\u202e\u2066\u200f\ud800\udfff\ue000\ufffe\uffff\u2028\u0085 ]]> <&\"' "
    "\x1b]0;title\x07"
)
"""Control characters of both blocks, escapes, bidirectional marks, lone surrogates and markup."""


def make_criterion(
    outcome: Outcome = Outcome.PASSED,
    finding: Finding | None = None,
    *,
    name: str = "test_shelf_is_shown",
    task: int = 1,
    points: float = 1.0,
    waits_for: str | None = None,
) -> CriterionResult:
    """Make the result of a criterion, whose sentence is its name in words."""
    return CriterionResult(
        name=name,
        sentence=name.removeprefix("test_").replace("_", " ").capitalize() + ".",
        task=task,
        task_title=f"Title of {task}",
        outcome=outcome,
        points=points if outcome is Outcome.PASSED else 0.0,
        possible_points=points,
        finding=finding,
        waits_for=waits_for,
    )


def make_failed(**finding: object) -> CriterionResult:
    """Make a failed criterion with a finding of these parts."""
    parts = {"kind": "behaviour", "seen": "status 404 Not Found"} | finding
    return make_criterion(Outcome.FAILED, Finding.model_validate(parts), name="test_shelf_is_full")


def make_report(*criteria: CriterionResult) -> Report:
    """Make a report of these criteria."""
    return Report(
        kata="07_library",
        title="Lend books",
        seed="5e",
        criteria=criteria,
        environment=ENVIRONMENT,
    )
