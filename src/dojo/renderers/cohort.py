"""The grading of a cohort in the terminal: how far it is, and what came of it.

A terminal gets one bar that moves; a pipe gets a line every few seconds.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from ..cohort.results import ResultStatus
from ..cohort.runs import Run
from ..cohort.tallies import Tally
from .sentences import render_sentences

_SECONDS_BETWEEN_LINES = 5.0
_UNLISTED_SHOWN = 10

_WORDS = {
    ResultStatus.PASSED: "passed",
    ResultStatus.NOT_PASSED: "not passed",
    ResultStatus.NOT_GRADABLE: "not gradable",
    ResultStatus.MISSING: "missing",
    ResultStatus.GRADER_FAULT: "grader faults",
}


def render_start(run: Run, console: Console) -> None:
    """Say what is graded and how."""
    katas = " and ".join(f"'{kata.id}'" for kata in run.katas)
    lines = [
        f"Grading {katas} of {run.students} students with seed {run.seed} in isolation"
        f" '{run.isolation}'."
    ]
    if run.unlisted:
        shown = ", ".join(f"'{name}'" for name in run.unlisted[:_UNLISTED_SHOWN])
        more = "" if len(run.unlisted) <= _UNLISTED_SHOWN else " and others; see run.json"
        lines.append(f"Not on the roster, graded all the same: {shown}{more}.")
    render_sentences(lines, console)


@contextlib.contextmanager
def open_progress(tally: Tally, console: Console) -> Iterator[Callable[[], None]]:
    """Show how far a run is while it lasts; give what is to be called after each result."""
    if not console.is_terminal:
        yield _LinePrinter(tally, console)
        return
    columns = (BarColumn(bar_width=20), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("", total=tally.total)
        yield lambda: progress.update(bar, completed=tally.done, description=_describe(tally))


class _LinePrinter:
    """Print a line now and then."""

    def __init__(self, tally: Tally, console: Console) -> None:
        self._tally = tally
        self._console = console
        self._last = time.monotonic()

    def __call__(self) -> None:
        tally, now = self._tally, time.monotonic()
        if now - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = now
            line = f"{tally.done} of {tally.total} done, {_describe(tally)}"
            self._console.print(line, soft_wrap=True)


def _describe(tally: Tally) -> str:
    parts = [f"{tally.rate:.1f} a second"]
    if tally.seconds_left is not None:
        parts.append(f"{_say_seconds(tally.seconds_left)} left")
    parts.append(f"{tally.counts[ResultStatus.NOT_GRADABLE]} not gradable")
    if faults := tally.counts[ResultStatus.GRADER_FAULT]:
        parts.append(f"{faults} grader faults")
    return ", ".join(parts)


def _say_seconds(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def render_summary(tally: Tally, folder: Path, console: Console) -> None:
    """Say how many passed, what needs a look, and where the results are."""
    counts = ", ".join(f"{tally.counts[status]} {word}" for status, word in _WORDS.items())
    lines = [f"{tally.total} results: {counts}."]
    if tally.kept:
        lines.append(f"{tally.kept} of them are of an earlier call and were not graded again.")
    if tally.again:
        lines.append(
            f"{tally.again} were graded again: another submission than before, or a grader fault."
        )
    if tally.counts[ResultStatus.GRADER_FAULT]:
        lines.append(
            "A grader fault is never the student's and is no zero. The report says what went"
            " wrong; mend it, then run the same command with `--resume` to grade only those."
        )
    lines += [
        f"Table for the gradebook: {folder / 'grades.csv'}",
        f"Pages to read and to hand back: {folder / 'site' / 'index.html'}",
        f"For Gradescope: {folder / 'gradescope'}; for CI: {folder / 'junit.xml'}",
    ]
    render_sentences(lines, console)


def render_stop(reason: str, command: str | None, console: Console) -> None:
    """Say that a run was stopped, perhaps why, and how to go on if it had begun."""
    told = [reason] if reason else []
    if command is None:
        render_sentences([*told, "Stopped before anything was graded."], console)
        return
    render_sentences([*told, "Stopped. What is graded is kept. Go on with:"], console)
    console.print(command, soft_wrap=True)
