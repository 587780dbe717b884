"""Rows: what the tables of a cohort say of one result; the finding itself is not kept.

A cohort's tables need every student at once. A row takes a few hundred bytes where a result with
its findings takes many thousands, so that all rows fit in memory and no result has to stay there.
"""

import unicodedata
from dataclasses import dataclass
from itertools import filterfalse

from ..reports import Outcome
from .results import Result, ResultStatus
from .runs import Run, RunKata, name_folder

_FAULT = "The grader itself failed. This says nothing about the submission and costs nothing."


@dataclass(frozen=True, slots=True)
class Row:
    """One student's result for one kata.

    `outcomes` and `earned` (points) follow the criteria of the run's kata; both are empty where
    nothing was graded.
    """

    student: str
    kata: str
    status: ResultStatus
    points: float | None
    outcomes: tuple[Outcome, ...]
    earned: tuple[float, ...]
    problem: str
    isolation: str
    seed: str
    grader_digest: str

    @property
    def folder(self) -> str:
        """The name of the student's folder and page."""
        return name_folder(self.student)


@dataclass(frozen=True)
class KataRows:
    """All rows of one kata, in the order of the students."""

    kata: RunKata
    rows: tuple[Row, ...]

    def count_statuses(self) -> dict[ResultStatus, int]:
        """Count how it ended; a status that did not occur counts 0."""
        statuses = [row.status for row in self.rows]
        return {status: statuses.count(status) for status in ResultStatus}

    def count_outcomes(self, number: int) -> dict[Outcome, int]:
        """Count how the criterion of that number, from 0, ended where it was graded."""
        outcomes = [row.outcomes[number] for row in self.rows if row.outcomes]
        return {outcome: outcomes.count(outcome) for outcome in Outcome}


def make_row(result: Result, run: Run, kata: RunKata) -> Row:
    """Make the row of a result of this kata; what no report says is taken from the run."""
    report = result.report
    found = {each.name: each for each in report.criteria} if report is not None else {}
    graded = [found[each.name] for each in kata.criteria if each.name in found]
    if len(graded) != len(kata.criteria):
        graded = []
    environment = report.environment if report is not None else None
    return Row(
        student=result.student,
        kata=kata.id,
        status=result.status,
        points=result.points,
        outcomes=tuple(each.outcome for each in graded),
        earned=tuple(each.points for each in graded),
        problem=describe_problem(result),
        isolation=environment.isolation if environment is not None else run.isolation,
        seed=report.seed if report is not None else run.seed,
        grader_digest=environment.grader_digest if environment is not None else kata.grader_digest,
    )


def describe_problem(result: Result) -> str:
    """Say in a sentence why there are no points; nothing where there are some."""
    if result.status is ResultStatus.MISSING:
        return result.problem or "Nothing was handed in for this kata."
    if result.report is not None and result.report.fault is not None:
        return _FAULT
    return result.problem


def group_rows(run: Run, rows: list[Row]) -> list[KataRows]:
    """Group rows by kata in the order of the run, each sorted by student."""
    in_order = sorted(rows, key=lambda row: make_sort_key(row.student))
    return [KataRows(kata, tuple(r for r in in_order if r.kata == kata.id)) for kata in run.katas]


def make_sort_key(student: str) -> tuple[str, str]:
    """Make what students are sorted by: letters with accents stand beside those without."""
    letters = filterfalse(unicodedata.combining, unicodedata.normalize("NFKD", student))
    return "".join(letters).casefold(), student
