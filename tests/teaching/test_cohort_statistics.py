"""Statistics say how points are spread, what was hardest and which known mistake it looks like."""

from collections.abc import Sequence
from pathlib import Path

from dojo.model.catalogue import Catalogue
from dojo.model.reports import Outcome
from dojo.teaching.cohort_statistics import (
    KataStatistics,
    KnownMistakes,
    compute_statistics,
    read_known_mistakes,
)
from dojo.teaching.gradebooks import group_rows, make_row
from dojo.teaching.marks import mark
from dojo.teaching.overrides import Overrides

from ..output.cohorts import make_kata, make_result, make_run
from ..output.samples import make_criterion, make_report

ROOT = Path(__file__).parent.parent.parent

NAMES = ("test_easy", "test_hard", "test_drawn")
KATA = make_kata([make_criterion(name=name, points=1.0) for name in NAMES])
KNOWN = KnownMistakes({frozenset({"test_hard"}): ("It forgets.",)}, frozenset({"test_drawn"}))


def compute(*failures: Sequence[str] | None) -> KataStatistics:
    """Compute for students who each fail some criteria; `None` handed nothing in."""
    run, rows = make_run(KATA), []
    for number, failed in enumerate(failures):
        criteria = (
            [
                make_criterion(Outcome.FAILED if name in failed else Outcome.PASSED, name=name)
                for name in NAMES
            ]
            if failed is not None
            else []
        )
        student = f"student-{number}"
        result = make_result(student, make_report(*criteria) if criteria else None)
        rows.append(make_row(result, run, KATA, mark(result, run, Overrides())))
    (group,) = group_rows(run, rows)
    return compute_statistics(group, KNOWN)


def test_points_are_spread() -> None:
    """Who has no points is in no figure; all points are in the last part."""
    found = compute([], ["test_hard"], NAMES, None)

    assert found.graded == 3
    assert found.histogram[0] == found.histogram[-1] == 1
    assert sum(found.histogram) == 3
    assert (found.mean, found.median) == (5 / 3 and round(5 / 3, 2), 2.0)


def test_hardest_comes_first() -> None:
    """Criteria are counted by who did not pass them."""
    found = compute(["test_hard"], ["test_hard", "test_drawn"], [])

    assert [(each.name, missed) for each, missed in found.hardest] == [
        ("test_hard", 2),
        ("test_drawn", 1),
        ("test_easy", 0),
    ]


def test_mistake_is_recognised() -> None:
    """Who fails what a known mistake fails, drawn inputs aside, behaves like it."""
    found = compute(["test_hard"], ["test_hard", "test_drawn"], ["test_easy"])
    reasons = {each.students: each.reasons for each in found.likenesses}

    assert reasons == {
        ("student-0",): ("It forgets.",),
        ("student-1",): ("It forgets.",),
        ("student-2",): (),
    }


def test_nobody_is_no_error() -> None:
    """A kata without results has no mean."""
    found = compute()

    assert (found.graded, found.mean, found.histogram) == (0, None, (0,) * 10)


def test_known_answers_are_read() -> None:
    """Each wrong answer of a kata is found by what it fails."""
    known = read_known_mistakes(Catalogue(ROOT).find("03"))

    assert known.explain(["test_session_closes_after_errors"])
    assert known.drawn
