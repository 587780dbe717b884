"""Replay: the calls of a kata's criteria, made without a wall: the floor of what grading costs.

`python -m dojo.bench.replay STAGED ENTRYPOINT` reads pickled calls, one list for each criterion,
and for each line that follows makes them again in one fork a criterion; it answers with the
seconds of CPU.
"""

import asyncio
import contextlib
import functools
import gc
import os
import pickle
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..catalogue import Kata
from ..grader.laboratory import open_laboratory
from ..grader.sessions import run_criteria
from ..grading import Options, Workplace, grade
from ..host.loading import load_application
from ..host.zygote import preload, warm_up
from ..wall.bases import Base
from ..wall.connections import Connection
from ..wall.folders import open_run_folder
from ..wall.launches import LIBRARIES, ExecLauncher
from ..warm.launches import MORE_LIBRARIES

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

    with open_run_folder() as folder, open_laboratory(kata.file.labs) as laboratory:
        base = Base(folder, ExecLauncher())
        run = functools.partial(run_criteria, kata.grader)
        with contextlib.closing(base), _replaced(Connection, "write", record):
            grade(kata, kata.solution, Workplace(base, laboratory, run), Options(seed))
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
