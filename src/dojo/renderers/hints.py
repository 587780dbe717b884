"""Hints: one hint, which of how many it is, and the command for more."""

from rich.console import Console
from rich.text import Text

from ..practice.desks import Desk
from ..practice.hints import Task
from .sentences import render_sentences
from .texts import render_text


def render_hint(desk: Desk, task: Task, number: int, *, repeated: bool, console: Console) -> None:
    """Write hint `number` (from 1) of a task; `repeated` when there was no further one."""
    heading = f"{desk.kata.id}, task {task.number}: {task.title}"
    console.print(Text(heading, style="bold"))
    if repeated:
        console.print("There are no more hints for this task. This is the last one once more.")
    console.print(f"Hint {number} of {len(task.hints)}:")
    console.print()
    render_text(task.hints[number - 1], console)
    render_sentences(["", _describe_next(desk, task, number)], console)


def _describe_next(desk: Desk, task: Task, number: int) -> str:
    if number < len(task.hints):
        more = desk.write_command("hint", "--task", str(task.number))
        return f"Next: {more} gives the next one."
    notes = desk.write_command("notes", "--spoil")
    return f"Next: {notes} explains the solution; this was the last hint."
