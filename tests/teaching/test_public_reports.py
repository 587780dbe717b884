"""What is said of public criteria never says that the whole kata is passed."""

from pathlib import Path

import pytest

from dojo.learning.exercises import Progress
from dojo.model.reports import Outcome, Report, Status
from dojo.output.terminal import summarise

from ..output.samples import make_criterion, make_report


def make_public(hidden: int, *outcomes: Outcome) -> Report:
    """Make the report of a check in a handout."""
    report = make_report(*(make_criterion(outcome) for outcome in outcomes))
    return report.model_copy(update={"hidden": hidden})


@pytest.mark.parametrize(
    ("hidden", "rest"),
    [
        (0, "there are no other criteria."),
        (1, "1 more is graded by your instructor."),
        (5, "5 more are graded by your instructor."),
    ],
)
def test_rest_is_the_instructors(hidden: int, rest: str) -> None:
    """A summary says how many criteria it is not about."""
    report = make_public(hidden, Outcome.PASSED, Outcome.FAILED)

    assert summarise(report) == f"1 of 2 public criteria passed; {rest}"


def test_status_is_of_public_criteria() -> None:
    """A program that reads the report is not told that the kata is passed either."""
    assert make_public(5, Outcome.PASSED).status is Status.PUBLIC_PASSED
    assert make_public(0, Outcome.PASSED).status is Status.PUBLIC_PASSED
    assert make_public(5, Outcome.FAILED).status is Status.NOT_PASSED


def test_progress_is_of_public_criteria(tmp_path: Path) -> None:
    """The list counts public criteria; with all of them there is no more to do here."""
    progress = Progress(tmp_path)

    progress.record(make_public(5, Outcome.PASSED, Outcome.FAILED))
    begun = progress.read("07_library")
    progress.record(make_public(5, Outcome.PASSED, Outcome.PASSED))
    done = progress.read("07_library")

    assert (begun.describe(), begun.is_done) == ("1 of 2 public", False)
    assert (done.describe(), done.is_done) == ("2 of 2 public", True)
    assert done.passed_at is None
