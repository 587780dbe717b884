"""Live grading: a kata graded again after each save, on a worker that stays warm.

It finds out that files have changed and gives reports; it shows nothing.
"""

import time
from collections.abc import Generator
from concurrent.futures import Future
from pathlib import Path

from ..model.catalogue import Kata
from ..model.reports import Report
from .grading import Job, Options
from .pool import Pool
from .sandbox_memory import choose_own_mode

_LOOK_EVERY = 0.05

_Saved = dict[Path, tuple[int, int]]


def grade_saves(kata: Kata) -> Generator[Future[Report]]:
    """Grade the learner's work now, and again whenever a file of it was saved since.

    Each `result()` waits for the report of one state; it raises `NotGradable` for a state that
    cannot be graded, after which the next save is graded all the same.
    """
    job = Job(kata, kata.exercise, Options())  # one seed: what the reference answers is kept
    with Pool(1, choose_own_mode()) as pool:
        while True:
            saved = _look(kata.exercise / "app")
            yield pool.submit(job)
            while _look(kata.exercise / "app") == saved:
                time.sleep(_LOOK_EVERY)


def _look(folder: Path) -> _Saved:
    """Give when each file was saved, in nanoseconds, and its size in bytes."""
    saved: _Saved = {}
    for path in folder.rglob("*"):
        try:
            state = path.stat()
        except OSError:  # removed meanwhile
            continue
        if path.suffix != ".pyc" and path.is_file():
            saved[path] = (state.st_mtime_ns, state.st_size)
    return saved
