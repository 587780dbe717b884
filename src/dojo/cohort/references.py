"""References: the solution of each kata, graded first with what the students will be graded with.

Where the reference itself is not accepted, nobody's result would be fair.
"""

from collections.abc import Iterable
from concurrent.futures import Executor

from ..catalogue import Kata
from ..commandline import UsageError
from ..reports import CriterionResult, Environment, Report, Status
from ..submissions.staging import read
from ..wall.failures import GraderFault
from .plans import Plan
from .results import Result
from .runs import RunCriterion, RunKata
from .tasks import Task, grade_task


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
            f"The solution of '{kata.id}' is not here, as in a handout. Grade in the repository"
            " that the handout was made from."
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
    raise GraderFault(
        f"The reference solution of '{result.kata}' does not pass here, so nobody's result would be"
        f" fair. Run `dojo check {result.kata} --solution --seed {plan.seed}`. {details}".strip()
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
