"""Verification: it grades all cases of katas and says where a grader is not proven.

A defect is one sentence about one case, one criterion or one file. It repairs nothing. A verdict
must not depend on the path to it: the cold one is a check, in processes of its own; the warm one is
a worker that has graded others. Each is taken in a mode of isolation.
"""

import contextlib
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Container, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from pydantic import ValidationError

from ..harness.failures import GraderFault
from ..harness.temporary_folders import open_temporary_folder
from ..model.catalogue import Kata
from ..model.reports import Outcome, Report, ReportList
from ..runner.grading import Job, Options
from ..runner.pool import Pool
from ..runner.sandbox import Mode, choose_own_mode, examine
from .cases import (
    Case,
    ExpectFile,
    WrongFileUnreadable,
    compare,
    describe_finding,
    list_cases,
    list_permitted,
)
from .examples import check_examples
from .structure import check_structure
from .verdict_cache import VerdictCache

Submit = Callable[[Job], "Future[Report]"]


@dataclass(frozen=True)
class GradingPath:
    """One way to a verdict: on a warm worker or by a cold check, in a mode of isolation."""

    warm: bool
    mode: Mode

    def __str__(self) -> str:
        return f"on the {'warm' if self.warm else 'cold'} path in mode '{self.mode}'"


def list_paths() -> list[GradingPath]:
    """List the paths that this machine gives; a check never needs mode `full`."""
    own = [Mode.BASIC] if choose_own_mode() is Mode.BASIC else [Mode.NO_BWRAP, Mode.BASIC]
    warm = [Mode.FULL, *own] if examine(Mode.FULL).holds else own
    return [
        *(GradingPath(warm=True, mode=mode) for mode in warm),
        *(GradingPath(warm=False, mode=mode) for mode in own),
    ]


@contextmanager
def open_path(
    path: GradingPath, jobs: int, environment: Mapping[str, str] | None = None
) -> Iterator[Submit]:
    """Give a way to grade on a path, so many submissions at a time; left by an error, it ends."""
    if path.warm:
        with Pool(jobs, path.mode, environment) as pool:
            yield pool.submit
        return
    executor = ThreadPoolExecutor(jobs)
    try:
        yield lambda job: executor.submit(_check, job, path.mode)
    finally:
        executor.shutdown(cancel_futures=True)


def _check(job: Job, mode: Mode) -> Report:
    """Grade a submission as its author would; `GraderFault` if that gives no report."""
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "dojo", "check", job.kata.id),
            *("--submission", str(job.source), "--seed", job.options.seed, "--json", "-"),
            *("--isolation", "basic" if mode is Mode.BASIC else "auto"),
        ],
        cwd=job.kata.root,
        capture_output=True,
        text=True,
    )
    try:
        (report,) = ReportList.model_validate_json(ended.stdout).reports
    except ValidationError:
        words = " ".join(ended.stderr.split())
        raise GraderFault(f"The check gave no report. {words}".rstrip()) from None
    return report


def read_report(future: "Future[Report]") -> Report | str:
    """Give a report, or a sentence where the grader gave none or one without results."""
    try:
        report = future.result()
    except GraderFault as fault:
        return f"Grader fault. {fault}"
    if report.fault is not None:
        return f"Grader fault with seed {report.seed}. {report.fault.details}"
    return report


FEWEST_ACCEPTED = 2


@dataclass
class Proof:
    """What was found out about one kata: a report for each case, and the defects.

    `proven` are the reports that say what they should, on whichever path.
    """

    kata: Kata
    reports: dict[Case, Report] = field(default_factory=dict)
    proven: dict[Case, Report] = field(default_factory=dict)
    disputed: set[Case] = field(default_factory=set)
    defects: list[str] = field(default_factory=list)
    options: Options = field(default_factory=Options)

    def choose_options(self, case: Case, path: GradingPath, plan: "Plan") -> Options:
        """Choose the seed: that of the first report on another path, else one for the kata.

        With one seed the solution answers drawn traffic once; repeated runs draw one each.
        """
        if path != plan.first and case in self.reports:
            return Options(self.reports[case].seed)
        return self.options if plan.repeat == 1 else Options()


def _default_jobs() -> int:
    """Grade more submissions at a time than there are processors: some of them mostly wait."""
    return 2 * (os.cpu_count() or 1)


@dataclass(frozen=True)
class Plan:
    """How thoroughly to verify: `repeat` times each, in random order, on a machine kept busy.

    With a `cache`, what is known there is graded only if it is drawn.
    With `stress` as many processes of no use run as there are processors, times its level.
    Each case is graded on the warm path in `mode`, and then with the same seed on one of the
    `others`, dealt out, or `everywhere`.
    """

    jobs: int = field(default_factory=_default_jobs)
    repeat: int = 1
    stress: int = 0
    mode: Mode = Mode.BASIC
    cache: VerdictCache | None = None
    others: Sequence[GradingPath] = ()
    everywhere: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    """More variables for the workers of the first path."""

    @property
    def first(self) -> GradingPath:
        """The path whose reports are judged."""
        return GradingPath(warm=True, mode=self.mode)


def verify(katas: Sequence[Kata], plan: Plan, tell: Callable[[Proof], None]) -> list[Proof]:
    """Prove the graders of katas; `tell` hears of each kata as soon as it is done."""
    proofs = {kata.id: Proof(kata) for kata in katas}
    with open_temporary_folder() as scratch, keep_busy(plan.stress):
        cases = [case for proof in proofs.values() for case in _make_cases(proof, scratch)]
        lanes = _arrange(_choose_runs(cases, proofs, plan), plan)
        waiting = Counter(case.kata.id for runs in lanes.values() for case in runs)
        for proof in proofs.values():
            if not waiting[proof.kata.id]:
                _conclude(proof, plan.cache)
                tell(proof)
        for path, runs in lanes.items():
            with contextlib.closing(_grade_all(path, runs, proofs, plan)) as graded:
                for case in graded:
                    waiting[case.kata.id] -= 1
                    if waiting[case.kata.id] == 0:
                        _conclude(proofs[case.kata.id], plan.cache)
                        tell(proofs[case.kata.id])
    return list(proofs.values())


def _arrange(runs: Sequence[Case], plan: Plan) -> dict[GradingPath, list[Case]]:
    """Say which cases are graded on which path, the first path first."""
    known = plan.cache.known if plan.cache else ()
    new = [case for case in dict.fromkeys(runs) if case not in known]
    lanes = {plan.first: list(runs)}
    if plan.everywhere:
        return lanes | dict.fromkeys(plan.others, new)
    dealt: dict[GradingPath, list[Case]] = {path: [] for path in plan.others}
    for case, path in zip(new, cycle(random.sample(plan.others, len(plan.others)))):
        dealt[path].append(case)
    return lanes | dealt


def _grade_all(
    path: GradingPath, runs: Sequence[Case], proofs: Mapping[str, Proof], plan: Plan
) -> Generator[Case]:
    """Grade cases on a path and take what comes of it; give each case when that is done."""
    if not runs:
        return
    with open_path(path, plan.jobs, plan.environment) as submit:
        futures = {}
        for case in runs:
            options = proofs[case.kata.id].choose_options(case, path, plan)
            futures[submit(Job(case.kata, case.source, options))] = case
        for future in as_completed(futures):
            case = futures[future]
            if path == plan.first:
                _take(proofs[case.kata.id], case, future, plan.cache)
            else:
                _take_other(proofs[case.kata.id], case, future, (plan.first, path))
            yield case


_IDLE = """
from dojo.host.confinement import end_with_parent

end_with_parent()
while True:
    pass
"""


@contextlib.contextmanager
def keep_busy(level: int) -> Iterator[None]:
    """Keep every processor busy with `level` processes of no use, so that races show."""
    command = [sys.executable, "-c", _IDLE]
    count = level * (os.cpu_count() or 1)
    idlers = [subprocess.Popen(command) for _ in range(count)]
    try:
        yield
    finally:
        for idler in idlers:
            idler.kill()
            idler.wait()


def _make_cases(proof: Proof, scratch: Path) -> list[Case]:
    """Make the cases of a kata that can be graded; the others are defects."""
    try:
        cases = list(list_cases(proof.kata, scratch))
    except WrongFileUnreadable as error:
        proof.defects.append(str(error))
        return []
    broken = [case for case in cases if case.misfit]
    proof.defects += [f"{case.kind} {case.name}: {case.misfit}" for case in broken]
    return [case for case in cases if not case.misfit]


def _choose_runs(cases: Sequence[Case], proofs: Mapping[str, Proof], plan: Plan) -> list[Case]:
    """Give the cases to grade, each as often as it is to be graded; take the known reports."""
    if plan.cache is None:
        runs = [case for case in cases for _ in range(plan.repeat)]
        if plan.repeat > 1:
            random.shuffle(runs)
        return runs
    plan.cache.look_up(cases)
    for case, report in plan.cache.known.items():
        proofs[case.kata.id].reports[case] = report
    known = plan.cache.known.keys() - plan.cache.drawn
    return [case for case in cases if case not in known]


def _conclude(proof: Proof, cache: VerdictCache | None) -> None:
    if not proof.reports:
        return
    _judge(proof)
    if cache is not None:
        cache.keep(proof.kata, proof.proven)


def _take(proof: Proof, case: Case, future: "Future[Report]", cache: VerdictCache | None) -> None:
    defects = _find_differences(proof, case, future)
    proof.defects += [f"{case.kind} {case.name}: {each}" for each in defects]
    if defects and cache is not None and case in cache.drawn:
        cache.refute()


def _take_other(
    proof: Proof, case: Case, future: "Future[Report]", paths: tuple[GradingPath, GradingPath]
) -> None:
    """Compare a report from another path with the one from the first."""
    report = read_report(future)
    if isinstance(report, str):
        defects = [f"{report} That was {paths[1]}."]
    else:
        defects = list(_compare_paths(proof.reports.get(case), report, paths))
    proof.defects += [f"{case.kind} {case.name}: {each}" for each in defects]
    if defects:
        proof.disputed.add(case)


def _compare_paths(
    first: Report | None, other: Report, paths: tuple[GradingPath, GradingPath]
) -> Iterable[str]:
    if first is None:  # which is a defect already
        return
    if other.environment.isolation != paths[1].mode:
        yield f"was graded in mode '{other.environment.isolation}' {paths[1]}."
    for one, two in zip(first.criteria, other.criteria, strict=True):
        if one.outcome is not two.outcome:
            yield (
                f"'{one.name}' is {one.outcome} {paths[0]} but {two.outcome} {paths[1]}, both "
                f"with seed {first.seed}.{describe_finding(two) or describe_finding(one)}"
            )


def _find_differences(proof: Proof, case: Case, future: "Future[Report]") -> list[str]:
    """Compare a report with the first one of its case, if it is any; else say what it is."""
    report = read_report(future)
    if isinstance(report, str):
        return [report]
    first = proof.reports.setdefault(case, report)
    return list(_compare_runs(first, report, list_permitted(case)))


def _compare_runs(one: Report, other: Report, permitted: Container[str]) -> Iterable[str]:
    for first, second in zip(one.criteria, other.criteria, strict=True):
        if first.outcome is not second.outcome and first.name not in permitted:
            yield (
                f"'{first.name}' is {first.outcome} with seed {one.seed} but {second.outcome} "
                f"with seed {other.seed}.{describe_finding(second) or describe_finding(first)}"
            )


def _judge(proof: Proof) -> None:
    order = {"stub": 0, "solution": 1, "accepted": 2, "wrong": 3, "cheat": 4}
    in_order = sorted(proof.reports, key=lambda case: (order[case.kind], case.name))
    proof.reports = {case: proof.reports[case] for case in in_order}
    for case, report in proof.reports.items():
        found = _judge_case(case, report)
        proof.defects += [f"{case.kind} {case.name}: {each} (seed {report.seed})" for each in found]
        if not found and case not in proof.disputed:
            proof.proven[case] = report
    proof.defects += _judge_coverage(proof)
    solutions = [report for case, report in proof.reports.items() if case.kind == "solution"]
    criteria = solutions[0].criteria if solutions else ()
    proof.defects += check_structure(proof.kata, criteria)
    proof.defects += check_examples(proof.kata)


def _judge_case(case: Case, report: Report) -> list[str]:
    if case.kind == "stub":
        return list(_judge_stub(case.kata, report))
    if case.kind == "cheat":
        earned = [each.name for each in report.criteria if each.points]
        free = case.kata.file.already_working
        return [f"earns '{name}'." for name in earned if name not in free]
    if isinstance(case.expected, str):
        return [case.expected]
    expected = case.expected or ExpectFile(why="The reference solution.")
    defects = compare(report, expected, list_permitted(case))
    if case.kind == "wrong" and case.expected and not (*case.expected.fails, *case.expected.errors):
        defects.append("names no criterion that it fails.")
    return defects


def _judge_stub(kata: Kata, report: Report) -> Iterable[str]:
    for criterion in report.criteria:
        listed = criterion.name in kata.file.already_working
        if criterion.outcome is Outcome.ERROR:
            yield f"'{criterion.name}' is an error, not a failure.{describe_finding(criterion)}"
        elif criterion.outcome is Outcome.PASSED and not listed:
            yield f"'{criterion.name}' passes although nothing was done yet."
        elif criterion.outcome is not Outcome.PASSED and listed:
            yield f"'{criterion.name}' is listed in `already_working` but does not pass."


def _judge_coverage(proof: Proof) -> Iterable[str]:
    accepted = [case for case in proof.reports if case.kind == "accepted"]
    if len(accepted) < FEWEST_ACCEPTED:
        yield f"There are {len(accepted)} accepted submissions; {FEWEST_ACCEPTED} are the least."
    failing = {
        criterion.name
        for case, report in proof.reports.items()
        if case.kind == "wrong"
        for criterion in report.criteria
        if criterion.outcome in (Outcome.FAILED, Outcome.ERROR)
        and criterion.name not in list_permitted(case)
    }
    for report in list(proof.reports.values())[:1]:
        for criterion in report.criteria:
            if criterion.name not in failing:
                yield f"No wrong submission fails '{criterion.name}': it may be an idle check."
