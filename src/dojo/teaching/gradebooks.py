"""Gradebooks: a row for each result of a cohort, and who has another one in a second run.

The tables need every student at once: a row takes a few hundred bytes where a result with its
findings takes many thousands.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import filterfalse

from ..model.reports import Outcome, Report
from ..runner.cohort_records import (
    SETTINGS,
    Records,
    Result,
    ResultStatus,
    Run,
    RunKata,
    name_folder,
)
from .marks import Mark, compute_possible

_FAULT = "The grader has an error. This is not an error in the submission, and it costs no points."


@dataclass(frozen=True, slots=True)
class Row:
    """One student's result for one kata.

    `points` is what counts in the course. `outcomes` and `earned` (points) follow the criteria of
    the run's kata; both are empty where nothing was graded.
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
    mark: Mark

    @property
    def folder(self) -> str:
        """The name of the student's folder and page."""
        return name_folder(self.student)


@dataclass(frozen=True)
class KataRows:
    """All rows of one kata, in the order of the students."""

    kata: RunKata
    rows: tuple[Row, ...]
    possible_points: float
    """What the kata is worth in the course, without a bonus."""

    def count_statuses(self) -> dict[ResultStatus, int]:
        """Count how it ended; a status that did not occur counts 0."""
        statuses = [row.status for row in self.rows]
        return {status: statuses.count(status) for status in ResultStatus}

    def count_outcomes(self, number: int) -> dict[Outcome, int]:
        """Count how the criterion of that number, from 0, ended where it was graded."""
        outcomes = [row.outcomes[number] for row in self.rows if row.outcomes]
        return {outcome: outcomes.count(outcome) for outcome in Outcome}


def make_row(result: Result, run: Run, kata: RunKata, mark: Mark) -> Row:
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
        points=mark.points,
        outcomes=tuple(each.outcome for each in graded),
        earned=tuple(
            round(weight * each.points / each.possible_points, 2) if each.possible_points else 0.0
            for weight, each in zip(mark.weights, graded, strict=False)
        ),
        problem=describe_problem(result),
        isolation=environment.isolation if environment is not None else run.isolation,
        seed=report.seed if report is not None else run.seed,
        grader_digest=environment.grader_digest if environment is not None else kata.grader_digest,
        mark=mark,
    )


def describe_problem(result: Result) -> str:
    """Say in a sentence why there are no points; nothing where there are some."""
    if result.status is ResultStatus.MISSING:
        return result.problem or "Nothing was handed in for this kata."
    if result.report is not None and result.report.fault is not None:
        return _FAULT
    return result.problem


def describe_handin(result: Result) -> str:
    """Say in a sentence which attempt it is and when it was handed in, as far as that is known."""
    attempt = [f"{result.attempt.describe()}."] if result.attempt else []
    late = " It is marked as late." if result.marked_late else ""
    time = f"Handed in on {result.submitted:%Y-%m-%d at %H:%M} UTC." if result.submitted else ""
    return " ".join([*attempt, f"{time}{late}".strip()]).strip()


def group_rows(run: Run, rows: list[Row]) -> list[KataRows]:
    """Group rows by kata in the order of the run, each sorted by student."""
    in_order = sorted(rows, key=lambda row: make_sort_key(row.student))
    return [
        KataRows(
            kata,
            tuple(row for row in in_order if row.kata == kata.id),
            compute_possible(kata, run.marking),
        )
        for kata in run.katas
    ]


def make_sort_key(student: str) -> tuple[str, str]:
    """Make what students are sorted by: letters with accents stand beside those without."""
    letters = filterfalse(unicodedata.combining, unicodedata.normalize("NFKD", student))
    return "".join(letters).casefold(), student


@dataclass(frozen=True)
class Difference:
    """Something that two runs were not made with alike; digests are shown by their start."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One result that is not what it was; `None` where one of the runs does not have it."""

    before: Result | None
    after: Result | None
    reasons: tuple[Difference, ...]

    @property
    def student(self) -> str:
        """Whose result it is."""
        return self._any.student

    @property
    def kata(self) -> str:
        """Which kata it is of."""
        return self._any.kata

    @property
    def points(self) -> float | None:
        """The points won or lost; none where one of the two has no points."""
        if self.before is None or self.after is None:
            return None
        one, other = self.before.points, self.after.points
        return None if one is None or other is None else other - one

    def list_criteria(self) -> list[tuple[str, Outcome | None, Outcome | None]]:
        """List the criteria that ended differently, with how they ended in either run."""
        before, after = _read_outcomes(self.before), _read_outcomes(self.after)
        names = dict.fromkeys([*after, *before])
        pairs = [(name, before.get(name), after.get(name)) for name in names]
        return [(name, one, other) for name, one, other in pairs if one is not other]

    @property
    def _any(self) -> Result:
        found = self.after or self.before
        assert found is not None
        return found


def compare_results(old: Records, new: Records) -> Iterator[Change]:
    """Find the results that changed between two runs, one after the other."""
    runs = old.read_run(), new.read_run()
    for after in new.iterate():
        before = old.read(after.student, after.kata)
        if before is None or _is_changed(before, after):
            yield Change(before, after, tuple(_find_reasons(runs, before, after)))
    for before in old.iterate():
        if new.read_text(before.student, before.kata) is None:
            yield Change(before, None, ())


def compare_runs(old: Run, new: Run) -> list[Difference]:
    """Find what two runs were not made with alike, graders by kata included."""
    found = [
        Difference(what, _shorten(name, old), _shorten(name, new))
        for name, what in SETTINGS.items()
        if getattr(old, name) != getattr(new, name)
    ]
    return [*found, *(each for kata in new.katas for each in _compare_graders(old, new, kata.id))]


def _is_changed(before: Result, after: Result) -> bool:
    alike = (before.status, before.points) == (after.status, after.points)
    return not alike or _read_outcomes(before) != _read_outcomes(after)


def _find_reasons(runs: tuple[Run, Run], before: Result | None, after: Result) -> list[Difference]:
    if before is None:
        return []
    one, other = before.submission_digest, after.submission_digest
    own = [Difference("submission", one[:8], other[:8])] if one != other else []
    common = [each for each in compare_runs(*runs) if not each.what.startswith("grader")]
    return [*own, *_compare_graders(*runs, after.kata), *common]


def _compare_graders(old: Run, new: Run, kata: str) -> list[Difference]:
    before, after = [
        next((each.grader_digest for each in run.katas if each.id == kata), "none")
        for run in (old, new)
    ]
    if before == after:
        return []
    return [Difference(f"grader of '{kata}'", before[:8], after[:8])]


def _shorten(name: str, run: Run) -> str:
    value = str(getattr(run, name))
    return value[:8] if name == "lock_digest" else value


def _read_outcomes(result: Result | None) -> dict[str, Outcome]:
    report: Report | None = result.report if result else None
    return {each.name: each.outcome for each in report.criteria} if report else {}
