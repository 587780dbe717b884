"""Grading paths: the ways in which a submission gets its verdict, which must not depend on them.

The cold path is a check, in processes of its own; the warm one is a worker that has graded others.
Each is taken in a mode of isolation.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import ValidationError

from ..harness.failures import GraderFault
from ..model.reports import Report, ReportList
from ..runner.grading import Job
from ..runner.pool import Pool
from ..runner.sandbox import Mode, choose_own_mode, examine

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
def open_path(path: GradingPath, jobs: int) -> Iterator[Submit]:
    """Give a way to grade on a path, so many submissions at a time; left by an error, it ends."""
    if path.warm:
        with Pool(jobs, path.mode) as pool:
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
