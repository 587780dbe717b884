"""A deadline, a student's extension and a policy say how late something is and what it costs."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from dojo.model.marking import LatePolicy, Marking

DUE = datetime(2026, 10, 5, 22, tzinfo=UTC)
MARKING = Marking(
    due=DUE,
    extensions={"Bo": DUE + timedelta(days=7)},
    late=LatePolicy(grace_minutes=15, percent_a_day=10, cap_percent=25),
)


@pytest.mark.parametrize(
    ("minutes", "days"),
    [(-1, 0), (0, 0), (15, 0), (16, 1), (24 * 60, 1), (24 * 60 + 1, 2)],
)
def test_begun_days_are_counted(minutes: int, days: int) -> None:
    """Grace is free; after it, days count from the deadline itself, and a begun one is one."""
    assert MARKING.count_days_late("Ana", DUE + timedelta(minutes=minutes)) == days


def test_extension_moves_the_deadline() -> None:
    """Days of one with an extension count from there."""
    assert MARKING.count_days_late("Bo", DUE + timedelta(days=7)) == 0
    assert MARKING.count_days_late("Bo", DUE + timedelta(days=8, hours=1)) == 2


def test_mark_of_platform_counts_one_day() -> None:
    """A file's time may be earlier than its upload, and where there is none the mark is known."""
    for submitted in (None, DUE - timedelta(hours=1)):
        assert MARKING.count_days_late("Ana", submitted, marked_late=True) == 1
        assert MARKING.count_days_late("Bo", submitted, marked_late=True) == 0


def test_grace_holds_against_the_mark() -> None:
    """A platform marks what comes within the grace as late too."""
    within = DUE + timedelta(minutes=5)

    assert MARKING.count_days_late("Ana", within, marked_late=True) == 0


def test_nothing_is_late_without_deadline() -> None:
    """A policy alone takes nothing off."""
    assert Marking().count_days_late("Ana", DUE, marked_late=True) == 0


def test_cost_has_a_cap() -> None:
    """Each day costs the same, until the cap."""
    assert [MARKING.late.compute_percent(days) for days in range(5)] == [0, 10, 20, 25, 25]


def test_impossible_rules_are_refused() -> None:
    """Points below 0, percentages above 100 and extensions of no deadline are mistakes."""
    with pytest.raises(ValidationError):
        Marking(points={"07_lamp": -1})
    with pytest.raises(ValidationError):
        LatePolicy(percent_a_day=101)
    with pytest.raises(ValidationError, match="due"):
        Marking(extensions={"Bo": DUE})
