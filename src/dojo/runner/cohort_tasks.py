"""Tasks: the unit of work: one submission of one kata, graded wherever this function is called.

A task and its answer are plain data, so that any `concurrent.futures.Executor` can carry them to a
thread, a process or another machine. The submission travels along as bytes; the katas and the
engine must lie at the same path everywhere, and every answer is checked for having been made with
exactly what the run says. Each process keeps warm workers from one task to the next.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..harness.failures import GraderFault
from ..harness.temporary_folders import open_temporary_folder
from ..model.catalogue import Kata
from ..model.errors import UsageError
from ..model.file_trees import write_files
from ..model.reports import Environment, Fault, Report
from ..model.staging import digest
from .attempts import ChosenAttempt
from .cohort_records import Result
from .grading import FAULT_MESSAGE, Job, Options
from .handins import Files
from .pool import NotGradable, Pool
from .sandbox import Mode, NoMode, choose_mode

if TYPE_CHECKING:
    from distributed import WorkerPlugin

DEADLINE = 1800.0
"""Seconds on the wall for one submission, counted outside the process that grades it.

It protects whoever grades from a grader that never ends. What the submission may take ends long
before, in undisturbed seconds, unless the machine lets it run for a fifth of the time or less.
"""


@dataclass(frozen=True)
class Task:
    """One submission of one kata, and all that its verdict depends on."""

    student: str
    source: str
    files: Files
    root: str
    kata: str
    title: str
    seed: str
    mode: Mode
    environment: Environment | None = None
    """What every answer of the run has to be made with; unknown for the first."""
    deadline: float = DEADLINE
    submitted: datetime | None = None
    marked_late: bool = False
    attempt: ChosenAttempt | None = None


def grade_task(task: Task) -> str:
    """Grade a task; give its `Result` as JSON, whatever happens to the submission."""
    return _grade(task).model_dump_json()


def make_fault(task: Task, details: str) -> Result:
    """Make the result of a task that the grader failed on."""
    report = Report(
        kata=task.kata,
        title=task.title,
        seed=task.seed,
        criteria=(),
        fault=Fault(message=FAULT_MESSAGE, details=details),
        environment=task.environment or _UNKNOWN.model_copy(update={"isolation": task.mode}),
    )
    return _make_result(task, report=report)


def _grade(task: Task) -> Result:
    """Grade a task, once more in a fresh worker if the grader fails."""
    with open_temporary_folder() as folder:
        write_files(task.files, folder)
        first = _try(task, folder, fresh=False)
        if first.report is None or first.report.fault is None:
            return first
        return _try(task, folder, fresh=True)


def _try(task: Task, source: Path, *, fresh: bool) -> Result:
    kata = Kata(task.kata, Path(task.root))
    job = Job(kata, source, Options(task.seed), task.deadline, fresh)
    try:
        report = _find_pool(task.mode).submit(job).result()
    except NotGradable as problem:
        return _make_result(task, problem=str(problem))
    except GraderFault as fault:
        return make_fault(task, str(fault))
    if stranger := _find_stranger(task, report.environment):
        return make_fault(task, stranger)
    return _make_result(task, report=report)


def _make_result(task: Task, *, report: Report | None = None, problem: str = "") -> Result:
    return Result(
        student=task.student,
        kata=task.kata,
        title=task.title,
        source=task.source,
        problem=problem,
        report=report,
        submission_digest=digest(task.files),
        submitted=task.submitted,
        marked_late=task.marked_late,
        attempt=task.attempt,
    )


def _find_stranger(task: Task, found: Environment) -> str:
    """Name the first thing that a report was not made with as the run demands."""
    wanted = task.environment or found
    for name in ("dojo", "python", "fastapi", "isolation", "grader_digest"):
        one, other = getattr(wanted, name), getattr(found, name)
        if one != other:
            return f"It was graded with '{other}' as {name}, and not with '{one}' as the others."
    return ""


_UNKNOWN = Environment(
    dojo="",
    python="",
    fastapi="",
    platform="",
    isolation="basic",
    grader_digest="",
    submission_digest="",
)

_pools: dict[Mode, Pool] = {}
_opening = threading.Lock()
_ended = threading.Event()


@contextlib.contextmanager
def open_workers(size: int, mode: Mode) -> Iterator[Executor]:
    """Grade tasks in this process with `size` workers; left by an exception, they end at once."""
    with Pool(size, mode) as pool:
        _pools[mode] = pool
        executor = ThreadPoolExecutor(size)
        try:
            yield executor
        except BaseException:
            pool.stop()
            raise
        finally:
            executor.shutdown(cancel_futures=True)
            del _pools[mode]


def _find_pool(mode: Mode) -> Pool:
    """Give this process's pool; on another machine it is made with the first task."""
    with _opening:
        if _ended.is_set():  # or the second try of a task would start workers that nobody ends
            raise GraderFault("Grading was stopped.")
        if mode not in _pools:
            try:
                _pools[mode] = Pool(os.cpu_count() or 1, choose_mode(mode))
            except NoMode as error:
                raise GraderFault(str(error)) from None
        return _pools[mode]


def end_workers() -> None:
    """End the warm workers of this process, whatever they grade; it starts no others."""
    with _opening:
        _ended.set()
    while _pools:
        _, pool = _pools.popitem()
        pool.stop()
        pool.close()


_DASK = "dask://"
_WAITING_FOR_EACH = 2
"""Tasks that wait beside each one that is graded: enough that no worker is ever idle."""


@dataclass(frozen=True)
class Workforce:
    """An executor, and how many tasks it should hold at a time; the rest is not yet read."""

    executor: Executor
    window: int


@contextlib.contextmanager
def open_workforce(address: str | None, jobs: int | None, mode: Mode) -> Iterator[Workforce]:
    """Open warm workers here, or the Dask cluster at `dask://HOST:PORT`; `UsageError` if none."""
    if address is None:
        size = jobs or os.cpu_count() or 1
        with open_workers(size, mode) as executor:
            yield Workforce(executor, size * (1 + _WAITING_FOR_EACH))
    elif address.startswith(_DASK):
        with _open_cluster(address) as workforce:
            yield workforce
    else:
        raise UsageError(
            f"'{address}' is not an executor. Give one such as `--executor {_DASK}HOST:8786`."
        )


@contextlib.contextmanager
def _open_cluster(address: str) -> Iterator[Workforce]:
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(
            "Grading on a cluster needs Dask, which this environment lacks."
            " `nox -s grade -- SUBMISSIONS --executor dask://HOST:8786` installs it first."
        ) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # this run says it itself
    try:
        client = Client(f"tcp://{address.removeprefix(_DASK)}", timeout="10s")
    except (OSError, ValueError) as error:
        raise UsageError(
            f"There is no Dask scheduler at '{address}': {error}. Start one with"
            " `nox -s dask -- scheduler` and its workers with `nox -s dask -- worker HOST:PORT`."
        ) from None
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise UsageError(
                f"The cluster at '{address}' has no workers. Start some with `nox -s dask -- worker"
                f" {address.removeprefix(_DASK)}`."
            )
        client.register_plugin(_make_plugin(), name="dojo")
        yield Workforce(client.get_executor(pure=False), threads * (1 + _WAITING_FOR_EACH))


def _make_plugin() -> "WorkerPlugin":
    """Make what Dask's workers do when they are told to end; by themselves they would wait."""
    from distributed import Status, Worker, WorkerPlugin

    class WarmWorkers(WorkerPlugin):
        def teardown(self, worker: Worker) -> None:
            if worker.status is Status.closing:  # and not because another run came
                end_workers()

    return WarmWorkers()
