"""What is in memory at a time does not grow with the number of students."""

import tracemalloc
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from dojo.model.catalogue import Catalogue
from dojo.model.reports import Environment, Report
from dojo.runner.attempts import Attempt
from dojo.runner.cohort_grading import CohortGrading, Plan, Tally
from dojo.runner.cohort_records import Records, Result, ResultStatus, RunStopped
from dojo.runner.cohort_tasks import Task, Workforce
from dojo.runner.handins import Student
from dojo.runner.sandbox import Mode

from .conftest import LAMP, Cohort

WINDOW = 5
STUDENTS = 60
SIZE = 200_000

REPORT = Report(
    kata=LAMP,
    title="A lamp",
    seed="1",
    criteria=(),
    environment=Environment(
        dojo="1", python="3", fastapi="0", platform="Linux", isolation="basic",
        grader_digest="a", submission_digest="b",
    ),
)  # fmt: skip


class SlowExecutor(Executor):
    """An executor that answers only when nobody may hand it more."""

    def __init__(self) -> None:
        self.most_waiting = 0
        self._waiting: list[tuple[Future[Any], Task]] = []

    def submit(self, call: Callable[..., Any], /, *tasks: Any, **_: Any) -> Future[Any]:
        """Take a task; with the last one that has room, answer them all."""
        del call
        self._waiting.append((Future(), tasks[0]))
        future = self._waiting[-1][0]
        self.most_waiting = max(self.most_waiting, len(self._waiting))
        if len(self._waiting) == WINDOW:
            self.answer()
        return future

    def answer(self) -> None:
        """Answer all tasks that wait."""
        for future, task in self._waiting:
            result = Result(student=task.student, kata=LAMP, title="A lamp", source=task.source)
            future.set_result(result.model_dump_json())
        self._waiting.clear()


class LostExecutor(Executor):
    """An executor that goes away with all that it was handed."""

    def submit(self, call: Callable[..., Any], /, *tasks: Any, **_: Any) -> Future[Any]:
        """Cancel a task."""
        del call, tasks
        future: Future[Any] = Future()
        future.cancel()
        future.set_running_or_notify_cancel()
        return future


def make_grading(cohort: Cohort, path: Path, tell: Callable[[], None]) -> CohortGrading:
    """Plan to grade one submission of many students."""
    plan = Plan(
        root=cohort.root, submissions=cohort.folder, roster=None,
        katas=[Catalogue(cohort.root).find(LAMP)],
        students=[Student(f"student {number}", (Attempt(path),)) for number in range(STUDENTS)],
        unlisted=(), name="A", seed="1", mode=Mode.BASIC,
    )  # fmt: skip
    return CohortGrading(plan, Records(cohort.out), {LAMP: REPORT}, Tally(plan.total), tell)


def count_submissions() -> int:
    """Count the pieces of memory that are as large as a submission."""
    traces = tracemalloc.take_snapshot().traces
    return sum(SIZE <= trace.size < 2 * SIZE for trace in traces)


def test_lost_executor_stops_the_run(cohort: Cohort) -> None:
    """A cluster that goes away is nobody's fault: the run stops, to be gone on with."""
    grading = make_grading(cohort, cohort.hand_in("all"), lambda: None)
    with pytest.raises(RunStopped, match="was lost"):
        grading.run(Workforce(LostExecutor(), WINDOW))

    assert not (cohort.out / "results").exists()


def test_memory_stays_flat(cohort: Cohort) -> None:
    """Submissions are read when there is room for them, and are let go with their results."""
    path = cohort.hand_in("all", f"x = {'1' * SIZE!r}\n")
    executor = SlowExecutor()
    kept: list[int] = []
    grading = make_grading(cohort, path, lambda: kept.append(count_submissions()))
    tracemalloc.start()
    try:
        grading.run(Workforce(executor, WINDOW))
    finally:
        tracemalloc.stop()

    assert grading.tally.counts == {ResultStatus.NOT_GRADABLE: STUDENTS}
    assert executor.most_waiting == WINDOW
    assert 0 < max(kept) <= WINDOW
