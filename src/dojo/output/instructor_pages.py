"""Instructor's pages: how well a machine isolates, how far a cohort is, who changes.

A terminal gets one bar that moves; a pipe gets a line every few seconds.
"""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from ..model.reports import Outcome
from ..runner.attempts import ChosenAttempt
from ..runner.cohort_grading import Tally
from ..runner.cohort_records import Result, ResultStatus, Run
from ..runner.sandbox import Examination, Mode
from ..teaching.gradebooks import Change, Difference
from ..teaching.overrides import Override
from .terminal import print_hanging, render_sentences

_LABEL_WIDTH = max(map(len, Mode)) + 2


def render_examination(examination: Examination, advice: Iterable[str], console: Console) -> None:
    """Write whether a mode holds, what a submission can do in it, and what may help."""
    label = Text(f"{examination.mode:<{_LABEL_WIDTH}}")
    for sentence in (_summarise(examination), *_list_found(examination), *advice):
        print_hanging(label, sentence, console)
        label = Text(" " * _LABEL_WIDTH)


def render_choice(mode: Mode, console: Console) -> None:
    """Write which mode submissions of others are graded in."""
    sentence = f"`nox -s grade` uses `{mode}` on this machine."
    if not mode.is_for_strangers:
        sentence += " It stops, unless you say that you trust the submissions."
    print_hanging(Text(), sentence, console)


def _summarise(examination: Examination) -> str:
    if examination.problem:
        return f"not here: {examination.problem}"
    if not examination.holds:
        return "does not hold: a submission can do what this mode promises to prevent."
    prevented = sum(not did for did in examination.found.values())
    return f"holds: {prevented} of {len(examination.found)} attacks are prevented."


def _list_found(examination: Examination) -> list[str]:
    """Tell what the attacks could do, the leaks first."""
    leaks = examination.leaks
    found = {
        attack: did for attack, did in examination.found.items() if did and attack not in leaks
    }
    sentences = [f"A leak: an attack {did}." for did in leaks.values()]
    if found:
        sentences.append(f"This mode does not prevent: attacks {'; '.join(found.values())}.")
    return sentences


_SECONDS_BETWEEN_LINES = 5.0
_UNLISTED_SHOWN = 10
_REPEATED_SHOWN = 10

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
        lines.append(f"Not on the roster, but graded: {shown}{more}.")
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
        yield lambda: progress.update(
            bar, completed=tally.done, description=_describe_progress(tally)
        )


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
            line = f"{tally.done} of {tally.total} done, {_describe_progress(tally)}"
            self._console.print(line, soft_wrap=True)


def _describe_progress(tally: Tally) -> str:
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
        lines.append(f"{tally.kept} of them are from an earlier call and were not graded again.")
    if tally.again:
        lines.append(
            f"{tally.again} were graded again: the submission changed, or the grader had failed."
        )
    if tally.repeated:
        lines.append(_describe_repeated(tally.repeated))
    if tally.counts[ResultStatus.GRADER_FAULT]:
        lines.append(
            "A grader fault is not the student's fault and is not a zero. The report says what"
            " went wrong. Fix it. Then run the same command with `--resume` to grade only these."
        )
    lines += [
        f"Table for the gradebook: {folder / 'grades.csv'}",
        f"Pages to read and to hand back: {folder / 'site' / 'index.html'}",
        f"For Gradescope: {folder / 'gradescope'}; for CI: {folder / 'junit.xml'}",
    ]
    render_sentences(lines, console)


def _describe_repeated(repeated: Mapping[str, ChosenAttempt]) -> str:
    """Say who handed in more than once, and what counts."""
    rule = next(iter(repeated.values())).rule
    shown = [
        f"'{student}' (attempt {chosen.number} of {chosen.total})"
        for student, chosen in islice(repeated.items(), _REPEATED_SHOWN)
    ]
    more = len(repeated) - len(shown)
    who = "1 student" if len(repeated) == 1 else f"{len(repeated)} students"
    rest = f" and {more} more" if more else ""
    return f"{who} handed in more than once. The {rule} attempt counts: {', '.join(shown)}{rest}."


def render_stop(reason: str, command: str | None, console: Console) -> None:
    """Say that a run was stopped, perhaps why, and how to go on if it had begun."""
    told = [reason] if reason else []
    if command is None:
        render_sentences([*told, "Stopped before anything was graded."], console)
        return
    render_sentences([*told, "Stopped. All results so far are kept. To continue:"], console)
    console.print(command, soft_wrap=True)


def render_changes(
    differences: Sequence[Difference], changes: Iterable[Change], console: Console, *, full: bool
) -> None:
    """Write how the runs differ and each result that changed; `full` names the criteria too."""
    found = ", ".join(map(_show_difference, differences)) or "nothing"
    render_sentences(["", f"Different from the earlier run: {found}."], console)
    count = 0
    for change in changes:
        count += 1
        render_sentences([_describe_change(change)], console)
        for name, before, after in change.list_criteria() if full else ():
            console.print(f"  {name}: {_say(before)} -> {_say(after)}", soft_wrap=True)
    results = {0: "No result changes", 1: "1 result changes"}.get(count, f"{count} results change")
    render_sentences([f"{results}."], console)


def _describe_change(change: Change) -> str:
    points = "" if change.points is None else f" ({change.points:+g})"
    verdicts = f"{_show_result(change.before)} -> {_show_result(change.after)}{points}"
    return f"{change.student}, {change.kata}: {verdicts}. {_explain(change)}"


def _explain(change: Change) -> str:
    if change.before is None:
        return "Not in the earlier run."
    if change.after is None:
        return "Not in this run."
    if change.reasons:
        return f"Explained by: {', '.join(each.what for each in change.reasons)}."
    return (
        "No recorded difference explains it, so the grader may be unstable. Run"
        f" `nox -s verify -- {change.kata} --repeat 50 --stress`."
    )


def _show_result(result: Result | None) -> str:
    if result is None:
        return "none"
    words = result.status.value.replace("_", " ")
    return words if result.points is None else f"{words}, {result.points:g} points"


def _show_difference(difference: Difference) -> str:
    return f"{difference.what} ('{difference.before}' became '{difference.after}')"


def _say(outcome: Outcome | None) -> str:
    return "none" if outcome is None else outcome.value


def render_shaken(overrides: Iterable[Override], console: Console) -> None:
    """Write the decisions by hand whose ground changed, for somebody to look at again."""
    for each in overrides:
        what = f"'{each.criterion}' of {each.kata}" if each.criterion else each.kata
        render_sentences(
            [
                f"Look again at what {each.by} decided for {each.student}, {what}:"
                f" {each.points:g} points, '{each.reason}'. What it is about changed."
            ],
            console,
        )
