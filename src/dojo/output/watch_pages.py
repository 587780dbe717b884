"""Watch pages: what `watch` writes below what stands there already, so that one can scroll back.

The details of one criterion come last, where the eye is.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ..learning.exercises import Exercise
from ..model.reports import CriterionResult, Outcome, Report
from .standpoints import Standpoint
from .terminal import (
    find_obstacle,
    label_outcome,
    list_parts,
    print_hanging,
    print_part,
    render_report,
    render_sentences,
    select_parts,
    summarise,
)

KEYS = {
    "h": "hint",
    "f": "next failure",
    "t": "trace",
    "n": "notes",
    "l": "list",
    "k": "next kata",
    "r": "reset",
    "q": "quit",
}
"""The keys, in the order in which they are shown, and what they do."""


def render_start(exercise: Exercise, console: Console) -> None:
    """Write what is watched, and where the task is."""
    console.print()
    console.print(Text(f"{exercise.kata.id}: {exercise.kata.file.title}", style="bold"))
    readme = exercise.locate(exercise.kata.exercise / "README.md")
    render_sentences(
        [f"Every save in '{exercise.app}' is graded. The task is in '{readme}'."], console
    )


def render_begin(exercise: Exercise, begun: datetime, console: Console) -> None:
    """Write that a grading has begun, and when."""
    console.print()
    console.print(f"{begun:%H:%M:%S} Grading {exercise.kata.id} …")


def render_verdict(
    report: Report, focus: CriterionResult | None, standpoint: Standpoint, console: Console
) -> None:
    """Write each criterion on a line, then the one in `focus` in full, then the count."""
    if report.fault is not None:
        render_report(report, console, standpoint=standpoint)
        return
    for notice in report.notices:
        print_hanging(Text("Note: "), notice, console)
    obstacle = find_obstacle(report.criteria)
    if obstacle is not None:
        print_hanging(label_outcome(Outcome.ERROR), "Nothing could be checked.", console)
        for label, text in list_parts(obstacle, standpoint.locate):
            print_part("Reason" if label == "Seen" else label, text, console)
    else:
        for criterion in sorted(report.criteria, key=lambda each: each.task):
            _print_line(criterion, console)
        if focus is not None:
            render_criterion(report, focus, standpoint, console)
    console.print()
    render_sentences([summarise(report)], console)


def render_criterion(
    report: Report, criterion: CriterionResult, standpoint: Standpoint, console: Console
) -> None:
    """Write one criterion in full, below the title of its task."""
    title = f": {criterion.task_title}" if criterion.task_title else ""
    console.print(Text(f"\nTask {criterion.task}{title}", style="bold"))
    print_hanging(label_outcome(criterion.outcome), criterion.sentence, console)
    if criterion.finding is not None:
        for label, text in select_parts(criterion.finding, "", standpoint.locate):
            print_part(label, text, console)
    elif criterion.waits_for is not None:
        sentences = {each.name: each.sentence for each in report.criteria}
        print_part("Waits for", sentences.get(criterion.waits_for, ""), console)


def _print_line(criterion: CriterionResult, console: Console) -> None:
    line = label_outcome(criterion.outcome) + " ".join(criterion.sentence.split())
    line.truncate(console.width, overflow="ellipsis")
    console.print(line, soft_wrap=True)


def render_ungradable(message: str, advice: str | None, console: Console) -> None:
    """Write why there is no verdict on a save; the next one is graded all the same."""
    render_sentences([message, advice or "Fix that, then save again."], console)


_HEADING = re.compile(r"^#.*$", re.MULTILINE)


def read_idea(notes: Path) -> str:
    """Give the first paragraph of the notes on a solution; nothing where there are no notes."""
    text = notes.read_text("utf-8") if notes.is_file() else ""
    paragraphs = (each.strip() for each in _HEADING.sub("\n", text).split("\n\n"))
    return " ".join(next(filter(None, paragraphs), "").split())


def render_pass(exercise: Exercise, offer: str, console: Console) -> None:
    """Congratulate in a sentence, say the idea of the kata, and offer what could be next."""
    idea = read_idea(exercise.kata.solution / "NOTES.md")
    sentences = [f"Well done: {exercise.kata.id} is passed."]
    if idea:
        sentences += ["", f"The idea: {idea}"]
    if offer:
        sentences += ["", offer]
    render_sentences(sentences, console)


def render_commands(exercise: Exercise, report: Report, console: Console) -> None:
    """Write where to go on for those who have no keys here."""
    if all(each.outcome is Outcome.PASSED for each in report.criteria):
        return
    render_sentences([f"Next: {exercise.write_command('hint')} gives a hint."], console)


def render_keys(keys: Sequence[tuple[str, str]], console: Console) -> None:
    """Write the keys that can be pressed, each with a word for what it does: 80 columns hold it."""
    shown = [Text.assemble((key, "bold"), f" {words}") for key, words in keys]
    console.print(Text("  ").join(shown))
