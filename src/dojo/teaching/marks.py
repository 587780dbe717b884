"""Marks: what a result counts for in a course, apart from what was earned, and why.

Weights come first, then what was decided by hand about criteria, then what being late costs, and
last what was decided about the whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..model.errors import UsageError
from ..model.marking import Marking
from ..runner.cohort_records import Result, Run, RunCriterion, RunKata
from .overrides import Override, Overrides


@dataclass(frozen=True)
class Adjustment:
    """Points that were given or taken off, and why."""

    points: float
    reason: str


@dataclass(frozen=True)
class Mark:
    """What one result counts for; `points` is none where nothing was graded or decided."""

    points: float | None
    earned: float | None
    """What the criteria gave, with the weights of the course."""
    possible: float
    """Without what is a bonus."""
    days_late: int = 0
    adjustments: tuple[Adjustment, ...] = ()
    comments: tuple[str, ...] = ()
    weights: tuple[float, ...] = field(default=(), compare=False)
    """What each criterion is worth, in the order of the kata."""


def weigh(kata: RunKata, marking: Marking) -> tuple[float, ...]:
    """Compute what each criterion of a kata is worth."""
    own = [
        marking.points.get(f"{kata.id}: {each.name}", each.possible_points)
        for each in kata.criteria
    ]
    whole = marking.points.get(kata.id)
    required = sum(
        points
        for points, each in zip(own, kata.criteria, strict=True)
        if f"{kata.id}: {each.name}" not in marking.bonus
    )
    scale = 1.0 if whole is None or not required else whole / required
    return tuple(points * scale for points in own)


def compute_possible(kata: RunKata, marking: Marking) -> float:
    """Compute the points of a kata without what is a bonus."""
    if kata.id in marking.bonus:
        return 0.0
    weights = zip(weigh(kata, marking), kata.criteria, strict=True)
    return _round(
        sum(points for points, each in weights if f"{kata.id}: {each.name}" not in marking.bonus)
    )


def mark(result: Result, run: Run, overrides: Overrides) -> Mark:
    """Mark a result with the rules of its run and what was decided by hand."""
    kata = next(each for each in run.katas if each.id == result.kata)
    decided = overrides.find(result.student, result.kata)
    weights = weigh(kata, run.marking)
    earned = _sum_earned(result, kata.criteria, weights)
    days = 0
    adjustments: list[Adjustment] = []
    points = earned
    if points is not None:
        adjustments += _override_criteria(result, kata.criteria, weights, decided)
        points += sum(each.points for each in adjustments)
        days = run.marking.count_days_late(
            result.student, result.submitted, marked_late=result.marked_late
        )
        if days:
            percent = run.marking.late.compute_percent(days)
            late = Adjustment(_round(-points * percent / 100), _describe_late(days, percent))
            adjustments.append(late)
            points += late.points
    for override in decided:
        if override.points is not None and not override.criterion:
            given = override.points - (points or 0.0)
            adjustments.append(Adjustment(_round(given), _describe(override, "the whole kata")))
            points = override.points
    return Mark(
        points=None if points is None else _round(points),
        earned=None if earned is None else _round(earned),
        possible=compute_possible(kata, run.marking),
        days_late=days,
        adjustments=tuple(adjustments),
        comments=tuple(_sign(each.comment, each.by) for each in decided if each.comment),
        weights=weights,
    )


def refuse_strange(marking: Marking, katas: Sequence[RunKata]) -> None:
    """Raise `UsageError` for weights of what is not graded."""
    known = {kata.id for kata in katas}
    known |= {f"{kata.id}: {each.name}" for kata in katas for each in kata.criteria}
    for name in (*marking.points, *marking.bonus):
        if name not in known:
            raise UsageError(
                f"'{name}' has points or is a bonus, but is not graded. Name a kata, or"
                f" 'KATA: CRITERION', such as '{max(known, key=len, default='')}'."
            )


def _sum_earned(
    result: Result, criteria: Sequence[RunCriterion], weights: Sequence[float]
) -> float | None:
    if result.points is None or result.report is None:
        return None
    earned = {each.name: (each.points, each.possible_points) for each in result.report.criteria}
    total = 0.0
    for criterion, weight in zip(criteria, weights, strict=True):
        points, possible = earned.get(criterion.name, (0.0, 0.0))
        total += weight * points / possible if possible else 0.0
    return total


def _override_criteria(
    result: Result,
    criteria: Sequence[RunCriterion],
    weights: Sequence[float],
    decided: Sequence[Override],
) -> Iterator[Adjustment]:
    for criterion, weight in zip(criteria, weights, strict=True):
        given = [
            each for each in decided if each.criterion == criterion.name and each.points is not None
        ]
        before = _sum_earned(result, [criterion], [weight]) or 0.0
        for override in given[-1:]:
            assert override.points is not None
            change = _round(override.points - before)
            yield Adjustment(change, _describe(override, f"`{criterion.name}`"))


def _describe(override: Override, what: str) -> str:
    return _sign(f"Decided by hand about {what}: {override.reason}", override.by)


def _sign(text: str, by: str) -> str:
    return f"{text} ({by})" if by else text


def _describe_late(days: int, percent: float) -> str:
    cost = f"{percent:g} % of what was earned" if percent else "this costs nothing"
    return f"Handed in late, on day {days} after the deadline: {cost}."


def _round(points: float) -> float:
    return round(points, 2) + 0.0  # no -0.0
