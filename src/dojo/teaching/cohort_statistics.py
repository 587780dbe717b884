"""Cohort statistics: how points are spread, what was hardest, and what mistakes look like.

A mistake is known by which criteria it fails: a submission that fails exactly those behaves like
it. That is a hint, and no proof of what somebody wrote.
"""

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..model.catalogue import Kata
from ..model.reports import Outcome
from ..proof.cases import read_drawn, read_wrong_file
from ..runner.cohort_records import ResultStatus, RunCriterion
from .gradebooks import KataRows, Row

BINS = 10
"""Parts of a histogram, from no points to all of them."""

_MOST_ALIKE = 3
_BAD = (Outcome.FAILED, Outcome.ERROR)


@dataclass(frozen=True)
class KnownMistakes:
    """The known wrong answers of a kata: what each does, by the criteria that it fails."""

    reasons: Mapping[frozenset[str], tuple[str, ...]]
    drawn: frozenset[str]
    """Criteria that mistakes fail besides, with some inputs: they tell nothing."""

    def explain(self, failed: Iterable[str]) -> tuple[str, ...]:
        """Give what is known to fail exactly these criteria; nothing where nothing is known."""
        names = frozenset(failed)
        return self.reasons.get(names) or self.reasons.get(names - self.drawn, ())


@dataclass(frozen=True)
class Likeness:
    """A group of submissions that fail the same criteria, and what is known to do so."""

    students: tuple[str, ...]
    failed: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class KataStatistics:
    """How one kata went; `mean` and `median` are of those who have points."""

    graded: int
    mean: float | None
    median: float | None
    histogram: tuple[int, ...]
    hardest: tuple[tuple[RunCriterion, int], ...]
    """Criteria with how many graded submissions did not pass them, most first."""
    likenesses: tuple[Likeness, ...]


def read_known_mistakes(kata: Kata) -> KnownMistakes:
    """Read what the known wrong answers of a kata fail."""
    reasons: dict[frozenset[str], tuple[str, ...]] = {}
    for entry in read_wrong_file(kata):
        failed = frozenset((*entry.fails, *entry.errors))
        reasons[failed] = (*reasons.get(failed, ()), entry.why)
    return KnownMistakes(
        {failed: found[:_MOST_ALIKE] for failed, found in reasons.items()},
        frozenset(read_drawn(kata)),
    )


def compute_statistics(group: KataRows, known: KnownMistakes | None) -> KataStatistics:
    """Compute the statistics of one kata."""
    points = [row.points for row in group.rows if row.points is not None]
    misses = [
        (criterion, sum(row.outcomes[number] is not Outcome.PASSED for row in _graded(group)))
        for number, criterion in enumerate(group.kata.criteria)
    ]
    return KataStatistics(
        graded=len(points),
        mean=round(statistics.fmean(points), 2) if points else None,
        median=round(statistics.median(points), 2) if points else None,
        histogram=_count_bins(points, group.possible_points),
        hardest=tuple(sorted(misses, key=lambda each: -each[1])),
        likenesses=tuple(_group_alike(group, known)),
    )


def _graded(group: KataRows) -> list[Row]:
    return [row for row in group.rows if row.outcomes]


def _count_bins(points: Sequence[float], possible: float) -> tuple[int, ...]:
    """Count by tenths of what is possible; all points, and more, are in the last one."""
    counts = Counter(
        min(int(each / possible * BINS), BINS - 1) if possible else BINS - 1 for each in points
    )
    return tuple(counts[number] for number in range(BINS))


def _group_alike(group: KataRows, known: KnownMistakes | None) -> list[Likeness]:
    """Group who fails the same criteria, most first."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for row in _graded(group):
        if row.status is ResultStatus.NOT_PASSED:
            pairs = zip(group.kata.criteria, row.outcomes, strict=True)
            failed = tuple(criterion.name for criterion, outcome in pairs if outcome in _BAD)
            alike.setdefault(failed, []).append(row.student)
    found = sorted(alike.items(), key=lambda each: -len(each[1]))
    return [
        Likeness(tuple(students), failed, known.explain(failed) if known else ())
        for failed, students in found
    ]
