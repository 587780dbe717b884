"""The pool: warm workers of several katas, a few at a time, behind one call."""

import contextlib
import queue
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
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
    """Grade jobs with at most `size` workers at a time; a worker is kept for its kata."""

    def __init__(self, size: int) -> None:
        self._executor = ThreadPoolExecutor(size)
        self._idle: dict[str, queue.SimpleQueue[WorkerProcess]] = {}
        self._all: list[WorkerProcess] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._executor.shutdown(cancel_futures=True)
        for worker in self._all:
            worker.close()

    def submit(self, job: Job) -> "Future[Report]":
        """Grade a job as soon as a worker is free."""
        return self._executor.submit(self._grade, job)

    def grade_all(self, jobs: Iterable[Job]) -> list[Report]:
        """Grade jobs side by side; give the reports in the order of the jobs."""
        return [future.result() for future in [self.submit(job) for job in jobs]]

    def _grade(self, job: Job) -> Report:
        with self._borrow(job.kata) as worker:
            return worker.grade(job)

    @contextlib.contextmanager
    def _borrow(self, kata: Kata) -> Iterator[WorkerProcess]:
        idle = self._idle.setdefault(kata.id, queue.SimpleQueue())
        try:
            worker = idle.get_nowait()
        except queue.Empty:
            worker = WorkerProcess(kata)
            self._all.append(worker)
        try:
            yield worker
        except GraderFault:
            raise  # a worker that failed once is not used again
        else:
            idle.put(worker)
