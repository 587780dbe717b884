"""All results of a run are made under the same conditions, or they are not taken."""

from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dojo.model.reports import Environment, Report
from dojo.runner import cohort_tasks
from dojo.runner.cohort_grading import Plan
from dojo.runner.cohort_records import Result, ResultStatus
from dojo.runner.cohort_tasks import Task, Workforce, grade_task
from dojo.runner.grading import Options
from dojo.runner.sandbox import Mode

from ..output.samples import ENVIRONMENT, make_criterion, make_report
from .conftest import LAMP, RIGHT, Cohort


class Desk(Executor):
    """An executor that passes everybody with one grader."""

    def __init__(self, grader_digest: str) -> None:
        self.report = report_by(grader_digest)

    def submit(self, call: Any, /, *cohort_tasks: Any, **_: Any) -> Future[Any]:
        """Answer a task at once."""
        del call
        task: Task = cohort_tasks[0]
        future: Future[Any] = Future()
        result = Result(
            student=task.student, kata=LAMP, title=task.title, source="a", report=self.report
        )
        future.set_result(result.model_dump_json())
        return future


def report_by(grader_digest: str) -> Report:
    """Make a report that passes, made with one grader."""
    environment = ENVIRONMENT.model_copy(update={"grader_digest": grader_digest})
    report = make_report(make_criterion())
    return report.model_copy(update={"kata": LAMP, "environment": environment})


@pytest.fixture
def grader(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Give the grader of a cohort; its `digest` can be changed between two calls."""
    grader = SimpleNamespace(digest="a1")

    def open_desk(*_: object) -> AbstractContextManager[Workforce]:
        return nullcontext(Workforce(Desk(grader.digest), 5))

    def grade_references(plan: Plan, executor: Executor) -> dict[str, Report]:
        del executor
        return {kata.id: report_by(grader.digest) for kata in plan.katas}

    monkeypatch.setattr("dojo.commandline.instructor_commands.open_workforce", open_desk)
    monkeypatch.setattr("dojo.commandline.instructor_commands.grade_references", grade_references)
    return grader


def test_changed_grader_is_refused(cohort: Cohort, grader: SimpleNamespace) -> None:
    """A run that was begun with another grader is not gone on with, and stays as it was."""
    cohort.hand_in("ada")
    begun = cohort.grade()
    before = (cohort.out / "run.json").read_bytes()
    grader.digest = "b2"
    cohort.hand_in("bob")
    ended = cohort.grade("--resume")

    assert begun.code == 0
    assert ended.code == 2
    assert "different katas or graders" in ended.err
    assert (cohort.out / "run.json").read_bytes() == before
    assert list(cohort.read()) == ["ada"]


def test_same_grader_goes_on(cohort: Cohort, grader: SimpleNamespace) -> None:
    """With the same grader the run goes on."""
    cohort.hand_in("ada")
    cohort.grade()
    cohort.hand_in("bob")
    ended = cohort.grade("--resume")

    assert grader.digest == "a1"
    assert ended.code == 0
    assert cohort.read_statuses() == {"ada": "passed", "bob": "passed"}


@pytest.mark.parametrize("name", ["dojo", "python", "fastapi", "isolation", "grader_digest"])
def test_stranger_is_a_fault(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer made with anything else than the run's is nobody's result."""
    found = ENVIRONMENT.model_copy(update={name: "no-bwrap"})
    done: Future[Report] = Future()
    done.set_result(make_report(make_criterion()).model_copy(update={"environment": found}))
    pool = SimpleNamespace(submit=lambda _: done)
    monkeypatch.setitem(cohort_tasks._pools, Mode.BASIC, pool)
    result = Result.model_validate_json(grade_task(make_task(tmp_path, ENVIRONMENT)))

    assert result.status is ResultStatus.GRADER_FAULT
    assert result.report is not None
    assert result.report.fault is not None
    assert f"as {name}, and not with" in result.report.fault.details


def test_fault_is_tried_once_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a fault of the grader the submission is graded by a fresh worker."""
    asked: list[bool] = []
    done: Future[Report] = Future()
    strange = ENVIRONMENT.model_copy(update={"dojo": "0"})
    done.set_result(make_report().model_copy(update={"environment": strange}))

    def submit(job: Any) -> Future[Report]:
        asked.append(job.fresh)
        return done

    monkeypatch.setitem(cohort_tasks._pools, Mode.BASIC, SimpleNamespace(submit=submit))
    grade_task(make_task(tmp_path, ENVIRONMENT))

    assert asked == [False, True]


def test_seed_differs_by_run(cohort: Cohort, grader: SimpleNamespace) -> None:
    """Whoever names no seed gets another one each time, for one submission and for a cohort."""
    cohort.hand_in("ada")
    seeds = set()
    for name in ("one", "other"):
        assert cohort.grade("--out", str(cohort.root / name)).code == 0
        text = (cohort.root / name / "run.json").read_text("utf-8")
        seeds.add(text.partition('"seed": "')[2].partition('"')[0])

    assert grader.digest == "a1"
    assert len(seeds) == 2
    assert len({Options().seed for _ in range(5)}) == 5


def make_task(root: Path, environment: Environment) -> Task:
    """Make a task of a student whose answer has to be made in this environment."""
    return Task(
        student="ada",
        source="ada.zip",
        files={"app/main.py": RIGHT.encode()},
        root=str(root),
        kata=LAMP,
        title="A lamp",
        seed="1",
        mode=Mode.BASIC,
        environment=environment,
    )
