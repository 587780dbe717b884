"""Progress remembers what a learner has reached, and nothing that says nothing about them."""

from pathlib import Path

import pytest

from dojo.learning.exercises import KataProgress, Progress, Task, choose_task
from dojo.model.reports import Fault, Outcome
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

    assert passed.describe() == "passed"
    assert later.describe() == "passed, last 0 of 1"
    assert passed.passed_at == later.passed_at
    assert later.open_tasks == [1]


def test_best_result_is_kept(progress: Progress) -> None:
    """A worse result is shown beside the best one; a better one takes its place."""
    results = []
    for criteria in ((make_criterion(), make_failed()), (make_failed(), make_failed())):
        progress.record(make_report(*criteria))
        results.append(progress.read("07_library").describe())

    assert results == ["1 of 2", "best 1, last 0 of 2"]


def test_blocked_criterion_asks_for_no_hint(progress: Progress) -> None:
    """The hint goes to the criterion that failed, not to one that waits for it."""
    waiting = make_criterion(task=1, outcome=Outcome.BLOCKED)
    failed = make_criterion(Outcome.FAILED, name="test_shelf_is_full", task=3)
    progress.record(make_report(waiting, failed))
    state = progress.read("07_library")

    assert state.open_tasks == [3, 1]
    assert state.open_sentences[3] == "Shelf is full."


def test_unread_hints_of_next_criterion_follow() -> None:
    """Where all hints of the first open task are read, the next open one has its turn."""
    tasks = [Task(number, "Title", ("Hint.",)) for number in (1, 2, 3)]
    state = KataProgress(open_tasks=[3, 1], hints={3: 1})

    assert choose_task(tasks, state).number == 1


def test_last_hint_of_first_criterion_is_repeated() -> None:
    """Where all hints of the open tasks are read, it is the first one again."""
    tasks = [Task(number, "Title", ("Hint.",)) for number in (1, 2, 3)]
    state = KataProgress(open_tasks=[3, 1], hints={3: 1, 1: 1})

    assert choose_task(tasks, state).number == 3
