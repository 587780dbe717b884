"""Live grading: a learner's work is graded again at every save, by a worker that stays warm.

The newest save wins: what is graded when another one comes is ended. It gives results and shows
nothing.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from watchfiles import Change, DefaultFilter, awatch

from ..harness.failures import GraderFault
from ..model.catalogue import Kata
from ..model.reports import Report
from .grading import Job, Options
from .pool import Interrupted, WorkerProcess
from .sandbox import Mode

Result = Report | GraderFault
"""What comes of a save: `NotGradable`, a fault by its class, has a sentence for the learner."""

LOOK_EVERY = 1.0
"""Seconds between looks at the files where nobody tells of a change: some shared folders, say."""

_SETTLING_MILLISECONDS = 10
"""How long nothing more has to be saved; an editor that saves in steps takes less."""

_is_saved_work = DefaultFilter()
"""It leaves out compiled files and what editors keep beside a file."""


class LiveGrading:
    """Grade one kata's exercise now and after each save, inside an `async with`.

    `begin` is called when a grading begins, `finish` with what came of it, unless a newer save
    came first. Each grading has inputs of its own, as in a check.
    """

    def __init__(
        self, kata: Kata, mode: Mode, begin: Callable[[], None], finish: Callable[[Result], None]
    ) -> None:
        self.kata = kata
        self._mode = mode
        self._begin = begin
        self._finish = finish
        self._worker: WorkerProcess | None = None
        self._grading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._worker is not None:
            self._worker.kill()  # at once, also while it starts
        await self._end_grading()
        self._drop_worker()

    async def run(self) -> None:
        """Grade until this is cancelled."""
        async for _ in list_saves(self.kata.exercise):
            await self.grade()

    async def grade(self) -> None:
        """Begin to grade the work as it is saved now; a grading that is under way ends."""
        await self._end_grading()
        self._grading = asyncio.create_task(self._grade())

    async def _grade(self) -> None:
        self._begin()
        # Not in a thread: a worker ends with the thread that has started it.
        worker = self._worker = self._worker or WorkerProcess(self.kata, self._mode)
        try:
            job = Job(self.kata, self.kata.exercise, Options(mode=self._mode))
            worker.ask(job)  # before a newer save can interrupt it
            result: Result = await asyncio.to_thread(worker.answer, job)
        except Interrupted:
            return
        except GraderFault as fault:
            result = fault
        if not worker.usable:
            self._drop_worker()
        if self._grading is asyncio.current_task():
            self._finish(result)

    async def _end_grading(self) -> None:
        grading, self._grading = self._grading, None
        if grading is None:
            return
        if not grading.done() and self._worker is not None:
            self._worker.interrupt()
        await grading

    def _drop_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()


async def list_saves(exercise: Path) -> AsyncIterator[None]:
    """Come once now, and again whenever the files in `app/` differ from those of the last time.

    They are looked at when the system tells of a change, and every second where it does not.
    """
    known: object = None
    async for _ in _watch(exercise):
        saved = _look(exercise / "app")
        if saved != known:
            known = saved
            yield


async def _watch(folder: Path) -> AsyncIterator[object]:
    """Come when something below a folder has changed, or perhaps so."""
    yield None
    with contextlib.suppress(OSError, RuntimeError):  # such as no watch that is left to be had
        async for changes in awatch(
            folder,
            watch_filter=None,
            step=_SETTLING_MILLISECONDS,
            rust_timeout=int(LOOK_EVERY * 1000),
            yield_on_timeout=True,
        ):
            yield changes
    while True:
        await asyncio.sleep(LOOK_EVERY)
        yield None


def _look(app: Path) -> dict[Path, tuple[int, int, int]]:
    """Give what tells one save of a file from the next: its number, time and size."""
    saved = {}
    for path in app.rglob("*"):
        if not _is_saved_work(Change.modified, str(path.relative_to(app))):
            continue
        with contextlib.suppress(OSError):  # removed meanwhile
            state = path.lstat()
            if not path.is_dir():
                saved[path] = (state.st_ino, state.st_mtime_ns, state.st_size)
    return saved
