"""Grading a cohort: every student's submission of every kata, each result kept as it comes.

What is in memory at a time is a window of submissions, however many there are. The solutions are
graded first: where a reference is not accepted, nobody's result would be fair.
"""

import hashlib
import shlex
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic_core import from_json

from ..environment import LOCK
from ..harness.failures import GraderFault
from ..model.catalogue import Kata
from ..model.errors import UsageError
from ..model.file_trees import SubmissionUnreadable
from ..model.marking import Marking
from ..model.reports import CriterionResult, Environment, Report, Status, make_harmless
from ..model.staging import KataMissing, digest, read
from .attempts import Attempt, AttemptRule, ChosenAttempt, choose_attempts, list_attempts
from .cohort_records import Records, Result, ResultStatus, Run, RunCriterion, RunKata, RunStopped
from .cohort_tasks import Task, Workforce, grade_task, make_fault
from .handins import Handin, Student, read_handin
from .sandbox import Mode


@dataclass
class Tally:
    """Counts of the results of a run, `total` in the end."""

    total: int
    counts: Counter[ResultStatus] = field(default_factory=Counter)
    kept: int = 0
    """Results of an earlier call, not graded again."""
    again: int = 0
    """Results of an earlier call that are replaced: another submission, or a grader fault."""
    repeated: dict[str, ChosenAttempt] = field(default_factory=dict)
    """By student, which attempt of several counts."""
    began: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        """Count the seconds from now on."""
        self.began = time.monotonic()

    @property
    def done(self) -> int:
        """How many results there are."""
        return self.counts.total()

    @property
    def rate(self) -> float:
        """Results a second in this call."""
        return (self.done - self.kept) / max(time.monotonic() - self.began, 0.001)

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the end at this rate; unknown before the first result."""
        return (self.total - self.done) / self.rate if self.done > self.kept else None


@dataclass(frozen=True)
class Plan:
    """One call: which katas of which students, with which inputs, how isolated."""

    root: Path
    submissions: Path
    roster: Path | None
    katas: Sequence[Kata]
    students: Sequence[Student]
    unlisted: Sequence[str]
    name: str
    seed: str
    mode: Mode
    roster_columns: Sequence[str] = ()
    marking: Marking = field(default_factory=Marking)
    attempt: AttemptRule = AttemptRule.LATEST
    notices: Sequence[str] = ()
    """What the instructor should know before it begins, a sentence each."""

    @property
    def total(self) -> int:
        """How many results there will be."""
        return len(self.katas) * len(self.students)

    @property
    def settings(self) -> dict[str, str]:
        """What is known of the run before anything is graded."""
        return {
            "submissions": make_harmless(str(self.submissions)),
            "seed": make_harmless(self.seed),
            "isolation": self.mode.value,
            "attempt": self.attempt.value,
            "lock_digest": _digest_lock(self.root),
        }

    def begin(self, katas: Sequence[RunKata], environment: Environment) -> Run:
        """Describe the run that the plan begins."""
        return Run(
            name=self.name,
            katas=tuple(katas),
            seed=self.seed,
            isolation=environment.isolation,
            dojo=environment.dojo,
            fastapi=environment.fastapi,
            python=environment.python,
            platform=environment.platform,
            lock_digest=_digest_lock(self.root),
            submissions=str(self.submissions),
            roster=str(self.roster or ""),
            roster_columns=tuple(self.roster_columns),
            unlisted=tuple(self.unlisted),
            attempt=self.attempt,
            students=len(self.students),
            started=datetime.now(UTC),
            marking=self.marking,
        )


def _digest_lock(root: Path) -> str:
    path = root / LOCK
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def grade_references(plan: Plan, executor: Executor) -> dict[str, Report]:
    """Grade the solutions of all katas; `GraderFault` if one is not accepted."""
    futures = {kata.id: executor.submit(grade_task, _make_task(plan, kata)) for kata in plan.katas}
    results = {
        name: Result.model_validate_json(future.result()) for name, future in futures.items()
    }
    return {name: _accept(plan, result) for name, result in results.items()}


def describe_katas(plan: Plan, references: dict[str, Report]) -> list[RunKata]:
    """Say of each kata what can be earned and which grader decides it."""
    return [_describe(kata, references[kata.id]) for kata in plan.katas]


def get_environment(references: Iterable[Report]) -> Environment:
    """Give what all katas are graded with; only the grader's digest is a kata's own."""
    return next(iter(references)).environment


def _make_task(plan: Plan, kata: Kata) -> Task:
    if not (kata.solution / "app").is_dir():
        raise UsageError(
            f"The solution of '{kata.id}' is missing, as in a handout. Grade in the repository"
            " that made the handout."
        )
    return Task(
        student="the reference solution",
        source="solution",
        files=read(kata.solution),
        root=str(plan.root),
        kata=kata.id,
        title=kata.file.title,
        seed=plan.seed,
        mode=plan.mode,
    )


def _accept(plan: Plan, result: Result) -> Report:
    report = result.report
    if report is not None and report.status is Status.PASSED:
        return report
    details = result.problem or (report.fault.details if report and report.fault else "")
    command = shlex.join([result.kata, "--solution", "--seed", plan.seed])
    raise GraderFault(
        f"The reference solution of '{result.kata}' does not pass on this machine, so the"
        f" results would be wrong. Run `nox -s check -- {command}`. {details}".strip()
    )


def _describe(kata: Kata, report: Report) -> RunKata:
    return RunKata(
        id=report.kata,
        title=report.title,
        possible_points=report.possible_points,
        criteria=tuple(map(_describe_criterion, report.criteria)),
        public=kata.file.public,
        grader_digest=report.environment.grader_digest,
    )


def _describe_criterion(criterion: CriterionResult) -> RunCriterion:
    return RunCriterion(
        name=criterion.name,
        sentence=criterion.sentence,
        task=criterion.task,
        possible_points=criterion.possible_points,
    )


@dataclass
class CohortGrading:
    """One call: a plan, where its results go, and who hears of each."""

    plan: Plan
    records: Records
    references: Mapping[str, Report]
    tally: Tally
    tell: Callable[[], None]
    _settled: dict[tuple[str, str], list[tuple[str, bool]]] = field(default_factory=dict)
    """By student and kata, the results of attempts of which others have none yet."""

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
            self._settle(task.student, task.kata, task.attempt, _read_answer(task, future))

    def _list_tasks(self) -> Iterator[Task]:
        """List what is to be graded, kata by kata: a warm worker is of one kata."""
        for kata in self.plan.katas:
            for student in self.plan.students:
                if not student.attempts:
                    self._keep(_make_result(student, kata).model_dump_json())
                    continue
                attempts = list_attempts(student.attempts, kata.id)
                for attempt, chosen in choose_attempts(attempts, self.plan.attempt):
                    task = self._prepare(student, kata, attempt, chosen)
                    if task is not None:
                        yield task

    def _prepare(
        self, student: Student, kata: Kata, attempt: Attempt, chosen: ChosenAttempt | None
    ) -> Task | None:
        """Read an attempt; one that has its result, or cannot have one, needs no grading."""
        source = attempt.path.name or str(attempt.path)
        try:
            handin = read_handin(attempt, kata, alone=len(self.plan.katas) == 1)
        except KataMissing as error:
            problem, source = str(error), ""
        except SubmissionUnreadable as error:
            problem = str(error)
        else:
            task = self._make_task(student, kata, attempt, handin)
            return self._take_earlier(replace(task, attempt=chosen))
        result = _make_result(student, kata).model_copy(
            update={
                "source": source,
                "problem": problem,
                "submitted": attempt.submitted,
                "marked_late": attempt.marked_late,
                "attempt": chosen,
            }
        )
        self._settle(student.name, kata.id, chosen, result.model_dump_json())
        return None

    def _make_task(self, student: Student, kata: Kata, attempt: Attempt, handin: Handin) -> Task:
        return Task(
            student=student.name,
            source=attempt.path.name or str(attempt.path),
            files=handin.files,
            root=str(self.plan.root),
            kata=kata.id,
            title=kata.file.title,
            seed=self.plan.seed,
            mode=self.plan.mode,
            environment=self.references[kata.id].environment,
            submitted=handin.submitted,
            marked_late=attempt.marked_late,
        )

    def _take_earlier(self, task: Task) -> Task | None:
        """Take the result of an earlier call where it stands; else give the task."""
        is_one_of_all = task.attempt is not None and task.attempt.rule is AttemptRule.BEST
        number = task.attempt.number if task.attempt else 1
        records = self.records
        earlier = (
            records.read_attempt(task.student, task.kata, number)
            if is_one_of_all
            else records.read_text(task.student, task.kata)
        )
        if earlier is None:
            return task
        found = _read_digest_and_status(earlier)
        if found[0] != digest(task.files) or found[1] == ResultStatus.GRADER_FAULT:
            self.tally.again += 1
            return task
        self._settle(task.student, task.kata, task.attempt, _renew(earlier, task), is_kept=True)
        return None

    def _settle(
        self,
        student: str,
        kata: str,
        chosen: ChosenAttempt | None,
        text: str,
        *,
        is_kept: bool = False,
    ) -> None:
        """Keep a result; where the best counts, only when all attempts have theirs."""
        if chosen is None or chosen.rule is not AttemptRule.BEST:
            self._keep(text, is_kept=is_kept)
            return
        self.records.write_attempt(student, kata, chosen.number, text)
        settled = self._settled.setdefault((student, kata), [])
        settled.append((text, is_kept))
        if len(settled) == chosen.total:
            texts = [text for text, _ in self._settled.pop((student, kata))]
            self._keep(max(texts, key=_rate), is_kept=all(kept for _, kept in settled))

    def _keep(self, text: str, *, is_kept: bool = False) -> None:
        found = from_json(text)
        self.records.write(found["student"], found["kata"], text)
        self.tally.counts[ResultStatus(found["status"])] += 1
        self.tally.kept += is_kept
        if found["attempt"]:
            chosen = ChosenAttempt.model_validate(found["attempt"])
            self.tally.repeated[found["student"]] = chosen
        self.tell()


def _make_result(student: Student, kata: Kata) -> Result:
    """Make the result of one who has not handed in."""
    return Result(student=student.name, kata=kata.id, title=kata.file.title)


def _renew(earlier: bytes, task: Task) -> str:
    """Bring up to date what a result says of the hand-in, and nothing of the verdict."""
    marks = {"submitted": task.submitted, "marked_late": task.marked_late, "attempt": task.attempt}
    result = Result.model_validate_json(earlier)
    return result.model_copy(update={**marks, "source": task.source}).model_dump_json()


def _rate(text: str) -> tuple[bool, bool, float, int]:
    """Say how good a result is: a fault of the grader counts, unless another attempt passes."""
    found = from_json(text)
    status, points = found["status"], found["points"]
    is_passed, is_fault = status == ResultStatus.PASSED, status == ResultStatus.GRADER_FAULT
    return is_passed, is_fault, -1 if points is None else points, found["attempt"]["number"]


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
        raise RunStopped("The connection to the cluster was lost.") from None
    except Exception as error:
        return make_fault(task, f"{type(error).__name__}: {error}").model_dump_json()
