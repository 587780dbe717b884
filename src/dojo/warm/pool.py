"""The pool: warm workers of several katas, a few at a time, behind one call."""

import contextlib
import socket
import subprocess
import sys
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from ..catalogue import Kata
from ..grading import Options
from ..host.frames import FrameSocket
from ..reports import Report
from ..wall.failures import GraderFault


@dataclass(frozen=True)
class Job:
    """One submission of one kata, to be graded."""

    kata: Kata
    source: Path
    options: Options


class WorkerProcess:
    """A worker in a process of its own."""

    def __init__(self, kata: Kata) -> None:
        self.kata = kata
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-I", "-m", "dojo.warm.worker", str(theirs.fileno())]
        with theirs:
            self._process = subprocess.Popen(
                [*command, str(kata.root), kata.id],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        self._control = FrameSocket(ours)

    def grade(self, job: Job) -> Report:
        """Grade one submission; `GraderFault` if no report comes of it."""
        request = {
            "source": str(job.source),
            "seed": job.options.seed,
            "only": list(job.options.only),
            "fork": job.options.fork,
        }
        answer = None
        with contextlib.suppress(ConnectionError):
            self._control.write(request)
            answer = self._control.read()
        if answer is None or "report" not in answer:
            reason = "The worker ended." if answer is None else answer["fault"]
            raise GraderFault(f"Grading '{job.source.name}' gave no report. {reason}")
        return Report.model_validate_json(answer["report"])

    def close(self) -> None:
        """Let the worker end, and wait for it."""
        self._control.close()
        self._process.wait()


@dataclass(frozen=True)
class _Waiting:
    job: Job
    report: "Future[Report]"


class Pool:
    """Grade jobs with at most `size` workers; each stays with its kata while that has jobs."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._executor = ThreadPoolExecutor(size)
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[_Waiting]] = defaultdict(deque)
        self._idle: list[WorkerProcess] = []
        self._counts: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._executor.shutdown(cancel_futures=True)
        for worker in self._idle:
            worker.close()

    def submit(self, job: Job) -> "Future[Report]":
        """Grade a job as soon as a worker is free."""
        waiting = _Waiting(job, Future())
        with self._lock:
            self._waiting[job.kata.id].append(waiting)
        self._executor.submit(self._grade_one)
        return waiting.report

    def grade_all(self, jobs: Iterable[Job]) -> list[Report]:
        """Grade jobs side by side; give the reports in the order of the jobs."""
        return [future.result() for future in [self.submit(job) for job in jobs]]

    def _grade_one(self) -> None:
        with self._lock:
            worker, waiting = self._choose()
        try:
            worker = worker or WorkerProcess(waiting.job.kata)
            report = worker.grade(waiting.job)
        except BaseException as error:
            self._counts[waiting.job.kata.id] -= 1
            if worker is not None:
                worker.close()  # a worker that failed once is not used again
            waiting.report.set_exception(error)
        else:
            with self._lock:
                self._idle.append(worker)
            waiting.report.set_result(report)

    def _choose(self) -> tuple[WorkerProcess | None, _Waiting]:
        """Take a job for which a worker idles, or else one whose kata has the fewest workers."""
        for worker in self._idle:
            if self._waiting[worker.kata.id]:
                self._idle.remove(worker)
                return worker, self._waiting[worker.kata.id].popleft()
        if self._counts.total() >= self._size and self._idle:
            replaced = self._idle.pop(0)
            self._counts[replaced.kata.id] -= 1
            replaced.close()
        kata = max(self._waiting, key=lambda each: len(self._waiting[each]) / self._share(each))
        self._counts[kata] += 1
        return None, self._waiting[kata].popleft()

    def _share(self, kata: str) -> int:
        return self._counts[kata] + 1
