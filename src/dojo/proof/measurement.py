"""Measurement: commands side by side, A B A B, and the calls of a grading replayed bare.

Absolute times say little on a machine that does other things too; a ratio of two runs next to each
other does.
"""

import asyncio
import contextlib
import functools
import gc
import os
import pickle
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..grader.fixtures import Workplace, open_labs
from ..grader.plugin import run_criteria
from ..harness.connections import Connection
from ..harness.processes import list_children
from ..harness.snapshot_process import LIBRARIES, ExecLauncher, open_snapshot
from ..harness.temporary_folders import open_run_folder
from ..host.fork_server import preload, warm_up
from ..host.snapshot import load_application
from ..model.catalogue import Kata
from ..runner.fork_server_launcher import MORE_LIBRARIES
from ..runner.grading import Job, Options, grade


@dataclass(frozen=True)
class Command:
    """A command whose wall time is measured, from start to exit."""

    arguments: Sequence[str]
    folder: Path
    status: int = 0

    def run(self) -> float:
        """Run it once; give the seconds, or raise `RuntimeError` if it ends otherwise."""
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
        started = time.perf_counter()
        done = subprocess.run(
            self.arguments, cwd=self.folder, env=environment, capture_output=True, text=True
        )
        seconds = time.perf_counter() - started
        if done.returncode != self.status:
            raise RuntimeError(f"'{' '.join(self.arguments)}' failed: {done.stdout}{done.stderr}")
        return seconds

    def run_for_cpu(self) -> float:
        """Run it once; give the seconds of CPU of the process and what it waited for."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.run()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def read_cpu(pid: int) -> float:
    """Give the seconds of CPU of a process and all that it ever started (Linux only)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")  # also of those collected
    return own + sum(map(read_cpu, list_children(pid)))


@dataclass(frozen=True)
class Figure:
    """One measured figure and what it must reach."""

    name: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None
    detail: str = ""

    @property
    def reached(self) -> bool:
        """Tell whether the figure is within its bound."""
        high = self.most is None or self.value <= self.most
        return high and (self.least is None or self.value >= self.least)


def compare(one: Command, other: Command, rounds: int) -> tuple[float, str]:
    """Run two commands alternately; give the median of `one` / `other`, and both medians."""
    one.run()
    other.run()  # the first runs fill caches
    return describe_pairs([(one.run(), other.run()) for _ in range(rounds)])


def describe_pairs(pairs: Sequence[tuple[float, float]]) -> tuple[float, str]:
    """Give the median of the ratios of pairs of seconds, and the median of each column."""
    ratio = statistics.median(first / second for first, second in pairs)
    medians = [statistics.median(column) * 1000 for column in zip(*pairs, strict=True)]
    return ratio, f"{medians[0]:.0f} ms against {medians[1]:.0f} ms"


Call = tuple[dict[str, Any], list[dict[str, Any]]]
"""A scope, and the events that the application receives."""


def record_calls(kata: Kata, seed: str) -> list[list[Call]]:
    """Grade the solution and give the calls that each copy of it got, in order."""
    copies: dict[int, dict[int, Call]] = {}
    write = Connection.write

    def record(connection: Connection, frame: dict[str, Any]) -> None:
        calls = copies.setdefault(id(connection.evidence), {})
        if frame["kind"] == "start":
            calls[frame["call"]] = (frame["scope"], [])
        elif frame["kind"] == "events":
            calls[frame["call"]][1].extend(frame["events"])
        write(connection, frame)

    with (
        open_run_folder() as folder,
        open_labs(kata.file.labs) as lab_set,
        open_snapshot(folder, ExecLauncher()) as snapshot,
        _replaced(Connection, "write", record),
    ):
        run = functools.partial(run_criteria, kata.grader)
        grade(Job(kata, kata.solution, Options(seed)), Workplace(snapshot, seed, lab_set), run)
    return [list(calls.values()) for calls in copies.values()]


@contextlib.contextmanager
def _replaced(owner: type, name: str, method: Callable[..., None]) -> Iterator[None]:
    original = getattr(owner, name)
    setattr(owner, name, method)
    try:
        yield
    finally:
        setattr(owner, name, original)


class Replay:
    """A process that makes the calls again whenever it is asked."""

    def __init__(self, staged: Path, entrypoint: str, calls: list[list[Call]]) -> None:
        command = [sys.executable, "-I", "-m", __name__, str(staged), entrypoint]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdin is not None
        pickle.dump(calls, self._process.stdin)

    def run(self) -> float:
        """Make all calls once; give the seconds of CPU."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()


def main(staged: str, entrypoint: str) -> None:
    """Serve the requests on standard input."""
    preload([*LIBRARIES, *MORE_LIBRARIES])
    warm_up()
    calls: list[list[Call]] = pickle.load(sys.stdin.buffer)
    gc.freeze()
    while sys.stdin.buffer.readline():
        before = _read_cpu()
        _fork(lambda: _replay_all(staged, entrypoint, calls))
        sys.stdout.write(f"{_read_cpu() - before}\n")
        sys.stdout.flush()


def _read_cpu() -> float:
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in both)


def _fork(work: Callable[[], None]) -> None:
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    os.waitpid(pid, 0)


def _replay_all(staged: str, entrypoint: str, calls: list[list[Call]]) -> None:
    application = load_application(staged, entrypoint)
    gc.freeze()
    for each in calls:
        _fork(lambda each=each: asyncio.run(_replay(application, each)))  # type: ignore[misc]


async def _replay(application: Any, calls: list[Call]) -> None:
    tasks = []  # an application's lifespan goes on while it is called
    for scope, events in calls:
        inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        for event in events:
            inbox.put_nowait(event)
        answered = asyncio.Event()

        async def send(event: object, answered: asyncio.Event = answered) -> None:
            del event
            answered.set()

        task = asyncio.ensure_future(application({**scope, "state": {}}, inbox.get, send))
        tasks.append(task)
        if scope["type"] == "lifespan":
            await answered.wait()
        else:
            await asyncio.wait([task])
            task.exception()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
