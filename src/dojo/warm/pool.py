"""The pool: warm workers of several katas, a few at a time, behind one call."""

import contextlib
import socket
import subprocess
import sys
import threading
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


class Pool:
    """Grade jobs with at most `size` workers, each kept for its kata while it is of use."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._executor = ThreadPoolExecutor(size)
        self._lock = threading.Lock()
        self._idle: list[WorkerProcess] = []
        self._count = 0

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
        return self._executor.submit(self._grade, job)

    def grade_all(self, jobs: Iterable[Job]) -> list[Report]:
        """Grade jobs side by side; give the reports in the order of the jobs."""
        return [future.result() for future in [self.submit(job) for job in jobs]]

    def _grade(self, job: Job) -> Report:
        worker = self._borrow(job.kata)
        try:
            report = worker.grade(job)
        except BaseException:
            self._count -= 1
            worker.close()  # a worker that failed once is not used again
            raise
        self._idle.append(worker)
        return report

    def _borrow(self, kata: Kata) -> WorkerProcess:
        """Take an idle worker of the kata, or start one in the place of an idle one."""
        with self._lock:
            for worker in self._idle:
                if worker.kata.id == kata.id:
                    self._idle.remove(worker)
                    return worker
            replaced = self._idle.pop(0) if self._count >= self._size and self._idle else None
            self._count += replaced is None
        if replaced is not None:
            replaced.close()
        return WorkerProcess(kata)
