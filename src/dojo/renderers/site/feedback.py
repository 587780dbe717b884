"""Feedback: what a student's page says of one kata, put in order as the terminal does."""

from collections.abc import Iterator
from dataclasses import dataclass

from ...cohort.results import Result
from ...cohort.rows import describe_problem
from ...reports import CriterionResult, Outcome, Report
from ..findings import find_obstacle, list_parts, select_parts, summarise


@dataclass(frozen=True)
class CriterionFeedback:
    """One criterion; `parts` are the labels and texts of its finding."""

    criterion: CriterionResult
    parts: list[tuple[str, str]]


@dataclass(frozen=True)
class TaskFeedback:
    """A task of the README with its criteria."""

    number: int
    title: str
    criteria: list[CriterionFeedback]


@dataclass(frozen=True)
class Feedback:
    """All that is said of one student's work on one kata.

    `obstacle` holds the parts of the one finding for which nothing could be checked.
    """

    result: Result
    problem: str
    summary: str
    obstacle: list[tuple[str, str]]
    tasks: list[TaskFeedback]


def make_feedback(result: Result) -> Feedback:
    """Put what is known of a result in reading order."""
    report = result.report
    if report is None or not report.criteria:
        return Feedback(result, describe_problem(result), "", [], [])
    obstacle = find_obstacle(report.criteria)
    reason = list_parts(obstacle) if obstacle is not None else []
    return Feedback(
        result=result,
        problem="",
        summary=summarise(report),
        obstacle=[("Reason" if label == "Seen" else label, text) for label, text in reason],
        tasks=_group_by_task(report, list(_list_criteria(report, silent=bool(reason)))),
    )


def _list_criteria(report: Report, *, silent: bool) -> Iterator[CriterionFeedback]:
    """Give the criteria by task; `silent` leaves findings out, which one obstacle explains."""
    sentences = {each.name: each.sentence for each in report.criteria}
    output = ""
    for criterion in sorted(report.criteria, key=lambda each: each.task):
        parts: list[tuple[str, str]] = []
        if not silent and criterion.outcome is Outcome.BLOCKED:
            parts.append(("Waits for", sentences.get(criterion.waits_for or "", "")))
        if not silent and criterion.finding is not None:
            parts += select_parts(criterion.finding, output)
            output = criterion.finding.output
        yield CriterionFeedback(criterion, parts)


def _group_by_task(report: Report, criteria: list[CriterionFeedback]) -> list[TaskFeedback]:
    titles = {each.task: each.task_title for each in report.criteria}
    return [
        TaskFeedback(number, titles[number], [c for c in criteria if c.criterion.task == number])
        for number in sorted(titles)
    ]
