"""Comparisons: who has another result in a second run, and what explains it."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..reports import Outcome, Report
from .records import Records
from .results import Result
from .runs import SETTINGS, Run


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
