"""Gradescope: what one student handed in, as the `results.json` that Gradescope reads.

Where something could not be graded the file gives no score at all: Gradescope then asks the
instructor to look, whereas a part that is left out would count as zero.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic_core import to_json

from ..cohort.results import Result, ResultStatus
from ..cohort.rows import describe_problem
from ..reports import CriterionResult, Finding, Outcome, Report
from .findings import find_obstacle, select_parts

_UNGRADED = (ResultStatus.NOT_GRADABLE, ResultStatus.GRADER_FAULT)
_PUBLIC, _HIDDEN = "visible", "after_published"


def render_gradescope(results: Sequence[Result], public: Mapping[str, Sequence[str]]) -> str:
    """Write the results of one student, one for each kata.

    `public` names, by kata, the criteria that students see at once; the others are shown when the
    grades are published.
    """
    counts = all(each.status not in _UNGRADED for each in results)
    document: dict[str, Any] = {
        "output": "\n\n".join(map(_describe_result, results)),
        "output_format": "text",
        "visibility": _PUBLIC,
        "stdout_visibility": "hidden",
        "extra_data": {"katas": {each.kata: _list_facts(each) for each in results}},
        "tests": [
            test
            for each in results
            if each.report is not None
            for test in _list_tests(each.report, public.get(each.kata, ()), counts=counts)
        ],
    }
    if counts:
        document["score"] = sum(each.points or 0.0 for each in results)
    return to_json(document, indent=2).decode() + "\n"


def _describe_result(result: Result) -> str:
    """Say what concerns a whole kata, but not how many of its criteria passed."""
    lines = [f"{result.kata}: {result.title}", describe_problem(result)]
    if result.report is not None:
        lines += [f"Note: {each}" for each in result.report.notices]
        obstacle = find_obstacle(result.report.criteria)
        if obstacle is not None:
            lines += ["Nothing could be checked.", *_write_parts(obstacle)]
    return "\n".join(filter(None, lines))


def _list_facts(result: Result) -> dict[str, str]:
    facts = {"status": str(result.status)}
    if result.report is not None:
        environment = result.report.environment
        facts["seed"] = result.report.seed
        facts["isolation"] = environment.isolation
        facts["grader_digest"] = environment.grader_digest
    return facts


def _list_tests(report: Report, public: Sequence[str], *, counts: bool) -> Iterator[dict[str, Any]]:
    kata = report.kata.partition("_")[0]
    sentences = {each.name: each.sentence for each in report.criteria}
    for number, criterion in enumerate(report.criteria, 1):
        test: dict[str, Any] = {
            "name": criterion.sentence,
            "number": f"{kata}.{criterion.task}.{number}",
            "status": "passed" if criterion.outcome is Outcome.PASSED else "failed",
            "output": _describe_outcome(criterion, sentences),
            "output_format": "text",
            "visibility": _PUBLIC if criterion.name in public else _HIDDEN,
        }
        if counts:
            test |= {"score": criterion.points, "max_score": criterion.possible_points}
        yield test


def _describe_outcome(criterion: CriterionResult, sentences: Mapping[str, str]) -> str:
    lines = [] if criterion.outcome is Outcome.PASSED else [criterion.outcome.upper()]
    if criterion.outcome is Outcome.BLOCKED:
        lines.append(f"Waits for: {sentences.get(criterion.waits_for or '', '')}")
    if criterion.finding is not None:
        lines += _write_parts(criterion.finding)
    return "\n".join(lines)


def _write_parts(finding: Finding) -> list[str]:
    return [f"{label}: {text}" if label else text for label, text in select_parts(finding, "")]
