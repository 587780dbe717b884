"""Grading a cohort: every student's submission of every kata, each result kept as it comes.

What is in memory at a time is a window of submissions, however many there are.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass

from pydantic_core import from_json

from ..catalogue import Kata
from ..reports import Report
from ..submissions.staging import KataMissing, SubmissionUnreadable, digest
from .executors import Workforce
from .handins import read_handin
from .plans import Plan
from .records import Records, RunStopped
from .results import Result, ResultStatus
from .students import Student
from .tallies import Tally
from .tasks import Task, grade_task, make_fault


@dataclass
class CohortGrading:
    """One call: a plan, where its results go, and who hears of each."""

    plan: Plan
    records: Records
    references: Mapping[str, Report]
    tally: Tally
    tell: Callable[[], None]

    def run(self, workforce: Workforce) -> None:
        """Grade all that has no result yet; `RunStopped` if the executor ends before."""
        self.tally.begin()
        waiting: dict[Future[str], Task] = {}
        for task in self._list_tasks():
            waiting[workforce.executor.submit(grade_task, task)] = task
            if len(waiting) >= workforce.window:
                self._collect(waiting)
        while waiting:
            self._collect(waiting)

    def _collect(self, waiting: dict[Future[str], Task]) -> None:
        """Keep the results that are there, and wait for one if there are none."""
        done, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            task = waiting.pop(future)
            self._keep(task.student, task.kata, _read_answer(task, future))

    def _list_tasks(self) -> Iterator[Task]:
        """List what is to be graded, kata by kata: a warm worker is of one kata."""
        for kata in self.plan.katas:
            for student in self.plan.students:
                task = self._prepare(student, kata)
                if task is not None:
                    yield task

    def _prepare(self, student: Student, kata: Kata) -> Task | None:
        """Read a submission; one that has its result, or cannot have one, needs no grading."""
        problem, source = "", student.source
        try:
            if student.paths:
                alone = len(self.plan.katas) == 1
                files = read_handin(student, kata, alone=alone)
                return self._make_task(student, kata, files)
        except KataMissing as error:
            problem, source = str(error), ""
        except SubmissionUnreadable as error:
            problem = str(error)
        result = Result(
            student=student.name,
            kata=kata.id,
            title=kata.file.title,
            source=source,
            problem=problem,
        )
        self._keep(student.name, kata.id, result.model_dump_json())
        return None

    def _make_task(self, student: Student, kata: Kata, files: dict[str, bytes]) -> Task | None:
        earlier = self.records.read_text(student.name, kata.id)
        if earlier is not None:
            found = _read_digest_and_status(earlier)
            if found[0] == digest(files) and found[1] != ResultStatus.GRADER_FAULT:
                self.tally.kept += 1
                self._count(found[1])
                return None
            self.tally.again += 1
        return Task(
            student=student.name,
            source=student.source,
            files=files,
            root=str(self.plan.root),
            kata=kata.id,
            title=kata.file.title,
            seed=self.plan.seed,
            mode=self.plan.mode,
            environment=self.references[kata.id].environment,
        )

    def _keep(self, student: str, kata: str, text: str) -> None:
        self.records.write(student, kata, text)
        self._count(from_json(text)["status"])

    def _count(self, status: str) -> None:
        self.tally.counts[ResultStatus(status)] += 1
        self.tell()


def _read_digest_and_status(text: bytes) -> tuple[str, str]:
    """Read what decides whether a result stands; a file that is damaged does not."""
    try:
        found = from_json(text)
        return str(found["submission_digest"]), str(found["status"])
    except (ValueError, KeyError, TypeError):
        return "", ResultStatus.GRADER_FAULT


def _read_answer(task: Task, future: Future[str]) -> str:
    try:
        return future.result()
    except CancelledError:
        raise RunStopped("The cluster has gone away.") from None
    except Exception as error:
        return make_fault(task, f"{type(error).__name__}: {error}").model_dump_json()
