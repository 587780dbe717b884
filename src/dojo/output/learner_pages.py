"""Learner's pages: a hint, the notes on a solution."""

import os
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ..learning.exercises import Exercise, Task
from .terminal import print_hanging, render_sentences, render_text


def render_hint(
    exercise: Exercise,
    task: Task,
    number: int,
    *,
    repeated: bool,
    console: Console,
    reason: str = "",
) -> None:
    """Write hint `number` (from 1) of a task; `repeated` when there was no further one.

    `reason` is the sentence of the criterion that needs it.
    """
    heading = f"{exercise.kata.id}, task {task.number}: {task.title}"
    console.print(Text(heading, style="bold"))
    if reason:
        print_hanging(Text("Not passed yet: "), reason, console)
    if repeated:
        console.print("This task has no more hints. This is the last one again.")
    console.print(f"Hint {number} of {len(task.hints)}:")
    console.print()
    render_text(task.hints[number - 1], console)
    render_sentences(["", _describe_next(exercise, task, number)], console)


def _describe_next(exercise: Exercise, task: Task, number: int) -> str:
    if number < len(task.hints):
        more = exercise.write_command("hint", "--task", str(task.number))
        return f"Next: {more} gives the next one."
    notes = exercise.write_command("notes", "--spoil")
    return f"This was the last hint. Next: {notes} explains the solution."


# Code comes first, so that what looks like a link inside it stays as it is.
_CODE_OR_LINK = re.compile(r"`[^`]*`|\[([^\]]*)\]\(([^)\s]+)\)")
_ABSOLUTE = ("http:", "https:", "#")


def render_notes(exercise: Exercise, path: Path, console: Console) -> None:
    """Write the notes in the file `path` and which command comes next."""
    render_text(resolve_links(path.read_text("utf-8"), path.parent, exercise.kata.root), console)
    compare, swap = exercise.write_command("compare"), exercise.write_command("swap")
    following = f"Next: {swap} puts the solution in place of your files, which are kept."
    if exercise.progress.read(exercise.kata.id).passed_at is not None:
        following = f"Next: {compare} shows your answer beside two others that are right."
    render_sentences(["", following], console)


def resolve_links(text: str, folder: Path, root: Path) -> str:
    """Write links as words and target; relative ones, seen from `folder`, lead from `root`.

    A known answer is only named: `show` takes its name.
    """

    def resolve(match: re.Match[str]) -> str:
        words, target = match[1], match[2]
        if words is None:
            return match[0]
        if not target.startswith(_ABSOLUTE):
            target = Path(os.path.relpath(folder / target, root)).as_posix()
            if target.startswith("graders/"):
                return f"`{words.strip('`')}`"
        return f"{words} ({target})"

    return _CODE_OR_LINK.sub(resolve, text)
