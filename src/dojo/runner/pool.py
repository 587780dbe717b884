"""The pool: warm workers of several katas, a few at a time, behind one call."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from ..harness.failures import GraderFault
from ..harness.processes import end_tree
from ..harness.temporary_folders import open_temporary_folder
from ..host.frames import Frame, FrameSocket
from ..model.catalogue import Kata
from ..model.reports import Report
from .grading import Job
from .sandbox import Mode, wrap_worker

PROGRAM: tuple[str, ...] = ("-m", "dojo.runner.worker")
"""What a worker runs, as arguments of Python."""

_LONGEST_END = 10.0
"""Seconds that a worker has to end by itself."""


class NotGradable(GraderFault):
    """No report, because of the submission: the message is a sentence for its author.

    Where every submission is known to be gradable it is a fault like any other.
    """


class Interrupted(Exception):
    """No report, because whoever asked for it wants it no more."""


class WorkerProcess:
    """A worker in a process of its own; `usable` until something went wrong in it."""

    def __init__(
        self, kata: Kata, mode: Mode = Mode.BASIC, environment: Mapping[str, str] | None = None
    ) -> None:
        self.kata = kata
        self.usable = True
        ours, theirs = socket.socketpair()
        self._ending = contextlib.ExitStack()
        runs_folder = self._ending.enter_context(open_temporary_folder())
        command = [
            *wrap_worker(mode, runs_folder),
            sys.executable,
            "-I",
            *PROGRAM,
        ]
        with theirs:
            self._process = subprocess.Popen(
                [
                    *command,
                    str(theirs.fileno()),
                    str(kata.root),
                    kata.id,
                    mode,
                    str(runs_folder),
                ],
                stdin=subprocess.DEVNULL,
                env={**os.environ, **(environment or {})},
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # a terminal interrupts the run, which ends its workers
            )
        self._control = FrameSocket(ours)

    @property
    def pid(self) -> int:
        """Give the process that was started: the worker, or what isolates it."""
        return self._process.pid

    def grade(self, job: Job) -> Report:
        """Grade one submission; `NotGradable` or `GraderFault` if no report comes of it.

        `Interrupted` if somebody has called `interrupt` meanwhile.
        """
        self.ask(job)
        return self.answer(job)

    def ask(self, job: Job) -> None:
        """Begin to grade; what `interrupt` ends from now on is this grading."""
        self.usable = False
        request = {
            "source": str(job.source),
            "seed": job.options.seed,
            "only": list(job.options.only),
            "fork": job.options.fork,
        }
        self._control.stream.settimeout(job.deadline)
        with contextlib.suppress(OSError):  # it has ended, as `answer` tells
            self._control.write(request)

    def answer(self, job: Job) -> Report:
        """Wait for the report of what was asked; errors as of `grade`."""
        answer = self._read_answer(job)
        if answer is None:
            raise GraderFault(f"Grading '{job.source.name}' gave no report. The worker ended.")
        if "interrupted" in answer:
            self.usable = True
            raise Interrupted
        if "problem" in answer:
            self.usable = True
            raise NotGradable(answer["problem"])
        if "fault" in answer:
            raise GraderFault(f"Grading '{job.source.name}' gave no report. {answer['fault']}")
        report = Report.model_validate_json(answer["report"])
        self.usable = report.fault is None
        return report

    def _read_answer(self, job: Job) -> Frame | None:
        try:
            return self._control.read()
        except TimeoutError:
            self.kill()
            raise NotGradable(
                f"The submission was not graded within {job.deadline:g} seconds: it takes too"
                " long to import or to answer."
                f" To see where: `nox -s check -- {self.kata.number} --submission PATH`."
            ) from None
        except (ConnectionError, ValueError):  # it has ended, or answers with no frame
            return None

    def interrupt(self) -> None:
        """End what is being graded, if anything is; the worker stays."""
        with contextlib.suppress(ConnectionError):  # it has ended itself
            self._control.write({})

    def kill(self) -> None:
        """End the worker now, with all that it has started."""
        end_tree(self._process.pid)

    def close(self) -> None:
        """Let the worker end, and wait for it."""
        self._control.close()
        try:
            self._process.wait(_LONGEST_END)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        self._ending.close()


@dataclass(frozen=True)
class _Waiting:
    job: Job
    report: "Future[Report]"


class Pool:
    """Grade jobs with at most `size` workers; each stays with its kata while that has jobs.

    Left by an exception it ends what is being graded, and nobody gets a report any more. Workers
    have the variables of `environment` besides those of this process.
    """

    def __init__(
        self, size: int, mode: Mode = Mode.BASIC, environment: Mapping[str, str] | None = None
    ) -> None:
        self._size = size
        self._mode = mode
        self._environment = environment
        self._executor = ThreadPoolExecutor(size)
        self._starter = ThreadPoolExecutor(1)  # a worker ends with the thread that started it
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[_Waiting]] = defaultdict(deque)
        self._idle: list[WorkerProcess] = []
        self._busy: set[WorkerProcess] = set()
        self._counts: Counter[str] = Counter()
        self._stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.stop()
        self.close()

    def close(self) -> None:
        """Wait for all that is graded, and end the workers."""
        self._executor.shutdown(cancel_futures=True)
        for worker in self._idle:
            worker.close()
        self._starter.shutdown()

    def stop(self) -> None:
        """End all grading at once; whoever waits for a report gets an error."""
        with self._lock:
            self._stopped = True
            for waiting in self._waiting.values():
                while waiting:
                    waiting.popleft().report.cancel()
            for worker in self._busy:
                worker.kill()

    def submit(self, job: Job) -> "Future[Report]":
        """Grade a job as soon as a worker is free."""
        waiting = _Waiting(job, Future())
        with self._lock:
            if self._stopped:
                raise GraderFault("Grading was stopped.")
            self._waiting[job.kata.id].append(waiting)
            self._executor.submit(self._grade_one)
        return waiting.report

    def grade_all(self, jobs: Iterable[Job]) -> list[Report]:
        """Grade jobs side by side; give the reports in the order of the jobs."""
        return [future.result() for future in [self.submit(job) for job in jobs]]

    def _grade_one(self) -> None:
        with self._lock:
            if self._stopped:
                return
            worker, waiting = self._choose()
        try:
            worker = self._employ(worker or self._start(waiting.job.kata))
            report = worker.grade(waiting.job)
        except BaseException as error:
            self._put_back(worker, waiting.job.kata)
            waiting.report.set_exception(error)
        else:
            self._put_back(worker, waiting.job.kata)
            waiting.report.set_result(report)

    def _start(self, kata: Kata) -> WorkerProcess:
        return self._starter.submit(WorkerProcess, kata, self._mode, self._environment).result()

    def _employ(self, worker: WorkerProcess) -> WorkerProcess:
        with self._lock:
            self._busy.add(worker)
            if self._stopped:
                worker.kill()
        return worker

    def _put_back(self, worker: WorkerProcess | None, kata: Kata) -> None:
        """Keep a worker for the next job, unless something went wrong in it."""
        with self._lock:
            self._busy.discard(worker) if worker else None
            if worker is not None and worker.usable:
                self._idle.append(worker)
                return
            self._counts[kata.id] -= 1
        if worker is not None:
            worker.close()

    def _choose(self) -> tuple[WorkerProcess | None, _Waiting]:
        """Take a job for which a worker idles, or else one whose kata has the fewest workers."""
        for worker in self._idle:
            waiting = self._waiting[worker.kata.id]
            if waiting and not waiting[0].job.fresh:
                self._idle.remove(worker)
                return worker, waiting.popleft()
        if self._counts.total() >= self._size and self._idle:
            replaced = self._idle.pop(0)
            self._counts[replaced.kata.id] -= 1
            replaced.close()
        kata = max(self._waiting, key=lambda each: len(self._waiting[each]) / self._share(each))
        self._counts[kata] += 1
        return None, self._waiting[kata].popleft()

    def _share(self, kata: str) -> int:
        return self._counts[kata] + 1
