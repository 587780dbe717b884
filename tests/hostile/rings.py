"""Rings: a warm worker in one mode, the witnesses around it, and honest submissions to compare.

A ring grades a hostile submission, looks at everything around it, then grades an honest wrong and
an honest right one on the same worker. It says what went wrong; tests decide if that may be.
"""

import contextlib
import itertools
import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as OutOfTime
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dojo.harness.failures import GraderFault
from dojo.harness.processes import end_descendants, list_children, list_descendants
from dojo.model.catalogue import Catalogue, Kata
from dojo.model.reports import Outcome, Report
from dojo.proof.cases import ExpectFile
from dojo.proof.cases import list_cases as list_known_cases
from dojo.runner import pool
from dojo.runner.grading import Job, Options
from dojo.runner.pool import Pool
from dojo.runner.sandbox import Mode

from .corpus import Case
from .witnesses import Arena, resume

PROGRAM = Path(__file__).with_name("marking_worker.py")
SEED = "q7w3k1z9x5"
PATTERNS = {
    "SEED_PATTERN": "q7w3[k]1z9x5",
    "CRITERION_PATTERN": "test_price_is_finite[_]not_negative",
}
"""What finds the seed, and the name of a criterion, but is not found by itself."""

MOST_FAILED = 3
_GRACE = 60.0
"""Seconds beyond its deadline after which a run is ended from outside."""
_SETTLING = 2.0


def open_pool(mode: Mode) -> Pool:
    """Open a pool of one worker that grades in a mode, and keeps the marks of submissions."""
    pool.PROGRAM = (str(PROGRAM),)
    return Pool(1, mode)


@dataclass(frozen=True)
class Controls:
    """The honest submissions of one kata, and their reports on a machine as it should be."""

    sources: tuple[Path, Path]
    reports: tuple[Report, Report]


@dataclass(frozen=True)
class Observation:
    """What became of a case."""

    harm: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """The marks of having acted that it did not leave."""


class Ring:
    """Grade hostile submissions one after the other, on one worker, under watch."""

    def __init__(self, mode: Mode, arena: Arena, source: Path) -> None:
        self.mode = mode
        self._arena = arena
        self._source = source
        self._pool = open_pool(mode)
        self._controls: dict[str, Controls] = {}
        self._warm = ""
        self._numbers = itertools.count(1)

    def close(self) -> None:
        """End the worker."""
        self._pool.__exit__(None, None, None)

    def renew(self) -> None:
        """Start over with a new worker and mended witnesses."""
        self.close()
        self._arena.mend(self._source)
        self._pool = open_pool(self.mode)
        self._controls.clear()

    def observe(self, case: Case) -> Observation:
        """Grade a case; say what it earned, left, changed, touched, told or made go wrong."""
        kata = Catalogue(self._arena.repository).find(case.file.kata)
        controls = self._control(kata)
        processes = self._list_processes()
        files = self._arena.look()
        children = frozenset(list_children(os.getpid()))
        seen = Observation()
        for variant in case.file.variants:
            self._observe_variant(case, kata, variant, seen)
        seen.harm.extend(self._list_survivors(processes))
        seen.harm.extend(self._arena.list_harm(files))
        for honest, expected in zip(controls.sources, controls.reports, strict=True):
            seen.harm.extend(self._compare(kata, honest, expected))
        _collect_orphans(children)
        return seen

    def _observe_variant(self, case: Case, kata: Kata, variant: str, seen: Observation) -> None:
        """Grade one way of a case, and see which of its marks it did not leave."""
        folder = self._arena.root / f"submission-{next(self._numbers)}"
        source = case.lay_out(folder, self._arena.targets() | PATTERNS, variant)
        self._arena.marks.clear()
        seen.harm.extend(self._grade_case(case, kata, source))
        missing = sorted(case.marks - self._arena.marks.read())
        seen.missing.extend([f"{variant}: {mark}" if variant else mark for mark in missing])

    def _control(self, kata: Kata) -> Controls:
        """Give the controls of a kata; the worker of that kata is warm afterwards."""
        if kata.id not in self._controls:
            wrong, right = self._find_wrong(kata), kata.solution
            reports = (self._grade(kata, wrong).result(), self._grade(kata, right).result())
            _check_controls(*reports)
            assert {each.environment.isolation for each in reports} == {self.mode}
            self._controls[kata.id] = Controls((wrong, right), reports)
        elif self._warm != kata.id:  # the worker has changed over to another kata
            self._grade(kata, kata.stub).result()
        self._warm = kata.id
        return self._controls[kata.id]

    def _find_wrong(self, kata: Kata) -> Path:
        """Give a wrong submission of the grader's own that fails few criteria."""
        known = list_known_cases(kata, self._arena.root / f"known-{next(self._numbers)}")
        return next(
            case.source
            for case in known
            if case.kind == "wrong"
            and isinstance(case.expected, ExpectFile)
            and len(case.expected.fails) < MOST_FAILED
        )

    def _grade(self, kata: Kata, source: Path, criteria: tuple[str, ...] = ()) -> "Future[Report]":
        return self._pool.submit(Job(kata, source, Options(seed=SEED, only=criteria)))

    def _grade_case(self, case: Case, kata: Kata, source: Path) -> list[str]:
        started = time.monotonic()
        try:
            report = self._grade(kata, source, case.file.criteria).result(
                case.file.seconds + _GRACE
            )
        except GraderFault as fault:
            found = [] if case.file.refused and case.file.refused in str(fault) else [str(fault)]
        except OutOfTime:
            self._end_worker()
            found = ["the run had to be ended from outside"]
        except Exception as error:  # a cheat that gets this far has harmed the engine itself
            found = [f"the pool fails: {error!r}"]
        else:
            found = list(_read_report(report, self._arena.token, case.file.refused))
        took = time.monotonic() - started
        return found + ([f"the run took {took:.1f} s"] if took > case.file.seconds else [])

    def _compare(self, kata: Kata, source: Path, expected: Report) -> list[str]:
        try:
            report = self._grade(kata, source).result(_GRACE)
        except GraderFault as fault:
            return [f"an honest submission is not graded afterwards: {fault}"]
        except OutOfTime:
            self._end_worker()
            return ["an honest submission has to be ended from outside afterwards"]
        except Exception as error:
            return [f"the pool fails afterwards: {error!r}"]
        if report == expected:
            return []
        parts = [name for name in Report.model_fields if _differ(report, expected, name)]
        told = [(each.name, str(each.outcome)) for each in report.criteria]
        return [f"an honest submission is graded differently in {parts} afterwards: {told}"]

    def _list_processes(self) -> frozenset[int]:
        return frozenset(list_descendants(os.getpid()))

    def _list_survivors(self, before: frozenset[int]) -> list[str]:
        """Name processes that were not there before, and that are no more; a little later."""
        deadline = time.monotonic() + _SETTLING
        while (now := self._list_processes()) != before and time.monotonic() < deadline:
            time.sleep(0.01)
        found = [f"process {pid} ({_name(pid)}) survives" for pid in sorted(now - before)]
        return found + [f"process {pid} is gone" for pid in sorted(before - now)]

    def _end_worker(self) -> None:
        """Kill everything below this process but the bystander, stopped processes included."""
        for pid in self._list_processes():
            resume(pid)
        end_descendants(os.getpid(), frozenset({self._arena.bystander.pid}))


def _check_controls(wrong: Report, right: Report) -> None:
    """Make sure of the controls: one fails in part, the other passes."""
    outcomes = {each.outcome for each in wrong.criteria}
    assert outcomes == {Outcome.PASSED, Outcome.FAILED}, outcomes
    assert {each.outcome for each in right.criteria} == {Outcome.PASSED}


def _differ(one: Report, other: Report, part: str) -> bool:
    return bool(getattr(one, part) != getattr(other, part))


def _read_report(report: Report, token: str, refused: str) -> Iterator[str]:
    for each in report.criteria:
        if each.points:
            yield f"'{each.name}' is earned"
    if report.fault is not None:
        yield f"a grader fault: {report.fault.details}"
    if refused:
        yield "the submission is graded at all"
    if token in report.model_dump_json():
        yield "a marker is in the report"


def _collect_orphans(own: frozenset[int]) -> None:
    """Collect what has ended and was adopted; own children are for whoever started them."""
    for pid in set(list_children(os.getpid())) - own:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")[:100]
    except OSError:
        return "ended meanwhile"


@contextmanager
def open_ring(mode: Mode, arena: Arena, source: Path) -> Iterator[Ring]:
    """Open a ring and end its worker afterwards."""
    ring = Ring(mode, arena, source)
    try:
        yield ring
    finally:
        ring.close()


def copy_katas(root: Path, folder: Path, katas: frozenset[str]) -> None:
    """Copy the three trees of some katas."""
    ignored = shutil.ignore_patterns("__pycache__")
    for tree in ("exercises", "solutions", "graders"):
        for kata in katas:
            shutil.copytree(root / tree / kata, folder / tree / kata, ignore=ignored)
