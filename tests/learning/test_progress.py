"""Progress remembers what a learner has reached, and nothing that says nothing about them."""

from pathlib import Path

import pytest

from dojo.learning.exercises import Progress
from dojo.model.reports import Fault
from dojo.runner.grading import FAULT_MESSAGE

from ..output.samples import make_criterion, make_failed, make_report

FAULT = Fault(message=FAULT_MESSAGE, details="KeyError: 'shelf'")


@pytest.fixture
def progress(tmp_path: Path) -> Progress:
    """Give the progress of somebody who has tried nothing."""
    return Progress(tmp_path)


def test_fault_is_no_progress(progress: Progress) -> None:
    """A fault of the grader leaves what was reached before as it is."""
    progress.record(make_report(make_criterion(), make_failed()))
    before = progress.read("07_library")
    fault = make_report(make_failed()).model_copy(update={"fault": FAULT})
    progress.record(fault)

    assert progress.read("07_library") == before
    assert before.describe() == "1 of 2"


def test_fault_is_no_first_try(progress: Progress) -> None:
    """After nothing but a fault, the kata counts as not tried."""
    progress.record(make_report().model_copy(update={"fault": FAULT}))

    assert progress.read("07_library").describe() == "not tried"


def test_passed_stays_passed(progress: Progress) -> None:
    """A kata that was passed once keeps the moment, whatever comes later."""
    progress.record(make_report(make_criterion()))
    passed = progress.read("07_library")
    progress.record(make_report(make_criterion()))
    progress.record(make_report(make_failed()))
    later = progress.read("07_library")

    assert passed.describe() == later.describe() == "passed"
    assert passed.passed_at == later.passed_at
    assert later.open_tasks == [1]
