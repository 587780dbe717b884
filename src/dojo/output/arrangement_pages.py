"""Arrangement pages: which lines are to be put in order, and how far an order came."""

from rich.console import Console
from rich.text import Text

from ..learning.arrangements import Arrangement, Placed
from ..learning.exercises import Exercise
from ..model.reports import CriterionResult, Outcome, Report, Status
from .standpoints import Standpoint
from .terminal import (
    print_hanging,
    render_report,
    render_sentences,
    select_parts,
)


def render_form_written(
    exercise: Exercise, arrangement: Arrangement, file: str, console: Console
) -> None:
    """Say that the file was written, and what to do with it."""
    distractors = len(arrangement.distractors)
    again = exercise.write_command("arrange")
    render_sentences(
        [
            f"'{file}' is written. It holds {len(arrangement.lines)} lines of the solution "
            f"and {distractors} of wrong answers, mixed.",
            "Move the right ones above the dashes, and put them in order.",
            f"Next: run {again} again. It grades your order.",
        ],
        console,
    )


def render_misplaced(
    exercise: Exercise, placed: Placed, reason: str, file: str, console: Console
) -> None:
    """Name the first line that cannot stand where it stands; never the one that could."""
    render_sentences(
        [f"Line {placed.number} of '{file}' cannot stand where it stands. Python says: {reason}."],
        console,
    )
    console.print(Text(f"    {placed.text}"), soft_wrap=True)
    again = exercise.write_command("arrange")
    render_sentences([f"Next: move it, or a line before it, then run {again} again."], console)


def render_arranged(exercise: Exercise, report: Report, fault: str, console: Console) -> None:
    """Write what the order is worth: that it is right, or the first criterion that it fails.

    `fault` says where the details of a fault of the grader were kept.
    """
    if report.fault is not None:
        render_report(report, console, standpoint=Standpoint(fault=fault))
        return
    passed = sum(each.outcome is Outcome.PASSED for each in report.criteria)
    if report.status is Status.PASSED:
        check = exercise.write_command("check")
        sentences = [
            f"Your order is right: the app passes all {passed} criteria.",
            f"Next: write it yourself, without these lines. {check} grades that.",
        ]
    else:
        first = next(each for each in report.criteria if each.outcome is not Outcome.PASSED)
        _render_first(first, passed, len(report.criteria), console)
        again = exercise.write_command("arrange")
        sentences = ["", f"Next: change your order, then run {again} again."]
    render_sentences(sentences, console)


def _render_first(first: CriterionResult, passed: int, count: int, console: Console) -> None:
    told = f"Python can read your order. The app passes {passed} of {count} criteria."
    render_sentences([told, ""], console)
    print_hanging(Text(f"{first.outcome.upper()}  ", style="bold red"), first.sentence, console)
    for label, text in select_parts(first.finding, "") if first.finding else ():
        for number, line in enumerate(text.splitlines() or [""]):
            print_hanging(Text(f"    {label if number == 0 else '':<10}"), line, console)
