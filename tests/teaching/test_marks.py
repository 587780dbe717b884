"""What counts in a course is computed from what was earned, and says each step."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dojo.model.errors import UsageError
from dojo.model.marking import LatePolicy, Marking
from dojo.model.reports import Outcome
from dojo.runner.cohort_records import Result, Run
from dojo.teaching.marks import Mark, mark, refuse_strange
from dojo.teaching.overrides import Override, Overrides

from ..output.cohorts import make_kata, make_result, make_run
from ..output.samples import make_criterion, make_report

EASY = make_criterion(name="test_easy", points=1.0)
HARD = make_criterion(Outcome.FAILED, name="test_hard")
KATA = make_kata([EASY, HARD])
ID = KATA.id
DUE = datetime(2026, 10, 5, tzinfo=UTC)


def make_marked(
    marking: Marking, overrides: Sequence[Override] = (), result: Result | None = None
) -> Mark:
    """Mark a result in which the easy criterion passed and the hard one failed."""
    run: Run = make_run(KATA).model_copy(update={"marking": marking})
    graded = result or make_result("Ana", make_report(EASY, HARD))
    return mark(graded, run, Overrides(overrides))


def decide(points: float, **where: Any) -> Override:
    """Decide by hand."""
    known = {"student": "Ana", "kata": ID, "reason": "It was unclear.", "by": "N. Ng"}
    return Override(points=points, **known | where)


def test_points_are_the_graders_own() -> None:
    """Without rules of a course a result counts what it earned."""
    found = make_marked(Marking())

    assert (found.points, found.earned, found.adjustments) == (1.0, 1.0, ())
    assert found.possible == KATA.possible_points


def test_kata_is_scaled() -> None:
    """A kata may be worth other points; its criteria keep their shares."""
    found = make_marked(Marking(points={ID: 10}))

    assert (found.points, found.possible) == (5.0, 10.0)


def test_criterion_has_own_weight() -> None:
    """A criterion may be worth more than the grader says."""
    found = make_marked(Marking(points={f"{ID}: test_easy": 3}))

    assert (found.points, found.possible) == (3.0, 4.0)


def test_bonus_is_not_demanded() -> None:
    """What is a bonus counts, and is no part of what can be reached without it."""
    found = make_marked(Marking(bonus=(f"{ID}: test_easy",)))

    assert (found.points, found.possible) == (1.0, 1.0)


def test_late_work_costs() -> None:
    """What is taken off stands apart from what was earned."""
    result = make_result("Ana", make_report(EASY, HARD))
    late = result.model_copy(update={"submitted": DUE + timedelta(days=1, hours=1)})
    marking = Marking(due=DUE, late=LatePolicy(percent_a_day=10))
    found = make_marked(marking, result=late)

    assert (found.points, found.earned, found.days_late) == (0.8, 1.0, 2)
    assert [each.points for each in found.adjustments] == [-0.2]
    assert "day 2" in found.adjustments[0].reason


def test_criterion_is_decided_by_hand() -> None:
    """An instructor may give points that a criterion did not; who and why is said."""
    found = make_marked(Marking(), [decide(0.5, criterion="test_hard")])

    assert (found.points, found.earned) == (1.5, 1.0)
    assert found.adjustments[0].reason.endswith("It was unclear. (N. Ng)")


def test_whole_decision_comes_last() -> None:
    """It replaces what being late left, also where nothing was graded."""
    marking = Marking(due=DUE, late=LatePolicy(percent_a_day=50))
    result = make_result("Ana", make_report(EASY, HARD))
    late = result.model_copy(update={"submitted": DUE + timedelta(hours=1)})

    assert make_marked(marking, [decide(2)], late).points == 2
    assert make_marked(marking, [decide(2)], make_result("Ana")).points == 2


def test_comment_changes_nothing() -> None:
    """A comment is told beside the points."""
    found = make_marked(
        Marking(), [Override(student="Ana", kata=ID, comment="Well done.", by="N. Ng")]
    )

    assert (found.points, found.comments) == (1.0, ("Well done. (N. Ng)",))


def test_ungraded_has_no_points() -> None:
    """What is missing or not readable counts nothing, which is not zero."""
    assert make_marked(Marking(points={ID: 10}), result=make_result("Ana")).points is None


def test_unknown_weights_are_refused() -> None:
    """A name that nothing has would be forgotten in silence."""
    with pytest.raises(UsageError, match="test_esay"):
        refuse_strange(Marking(points={f"{ID}: test_esay": 2}), [KATA])
