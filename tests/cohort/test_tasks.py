"""A task is plain data, and its answer is a result whatever happens."""

import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dojo.model.reports import Environment
from dojo.runner.cohort_records import Result, ResultStatus
from dojo.runner.cohort_tasks import Task, grade_task, open_workers
from dojo.runner.sandbox import Mode

from .conftest import LAMP, RIGHT

Grade = Callable[[Task], Result]


@pytest.fixture
def task(repository: Path) -> Task:
    """Give a right submission."""
    return Task(
        student="ada",
        source="ada.zip",
        files={"app/main.py": RIGHT.encode()},
        root=str(repository),
        kata=LAMP,
        title="A lamp",
        seed="1",
        mode=Mode.BASIC,
    )


@pytest.fixture
def grade() -> Iterator[Grade]:
    """Give a way to grade a task as it is done far away: packed and unpacked again."""
    with open_workers(1, Mode.BASIC) as executor:
        yield lambda task: Result.model_validate_json(
            executor.submit(grade_task, pickle.loads(pickle.dumps(task))).result()
        )


def test_answer_is_a_result(task: Task, grade: Grade) -> None:
    """The answer holds the report, and what was handed in as a digest."""
    result = grade(task)

    assert result.status is ResultStatus.PASSED
    assert (result.student, result.source) == ("ada", "ada.zip")
    assert len(result.submission_digest) == 64


def test_endless_submission_is_not_gradable(task: Task, grade: Grade) -> None:
    """What takes longer than the deadline is ended, and says so to its author."""
    result = grade(replace(task, deadline=0.01))

    assert result.status is ResultStatus.NOT_GRADABLE
    assert "was not graded within 0.01 seconds" in result.problem


def test_other_environment_is_a_fault(task: Task, grade: Grade) -> None:
    """An answer that was made with another grader or library than the run's is not taken."""
    report = grade(task).report
    assert report is not None
    other: Environment = report.environment.model_copy(update={"fastapi": "0.1"})
    result = grade(replace(task, environment=other))

    assert result.status is ResultStatus.GRADER_FAULT
    assert result.report is not None
    assert result.report.fault is not None
    assert "as fastapi, and not with '0.1'" in result.report.fault.details
