"""Learner's pages: a hint, the notes on a solution, the list of the katas."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ..learning.exercises import Exercise, KataProgress, Task
from ..model.catalogue import TRACKS
from .terminal import render_sentences, render_text


def render_hint(
    exercise: Exercise, task: Task, number: int, *, repeated: bool, console: Console
) -> None:
    """Write hint `number` (from 1) of a task; `repeated` when there was no further one."""
    heading = f"{exercise.kata.id}, task {task.number}: {task.title}"
    console.print(Text(heading, style="bold"))
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
    swap = exercise.write_command("swap")
    following = f"Next: {swap} puts the solution in place of your files, which are kept."
    render_sentences(["", following], console)


def resolve_links(text: str, folder: Path, root: Path) -> str:
    """Write links as words and target; relative ones, seen from `folder`, lead from `root`."""

    def resolve(match: re.Match[str]) -> str:
        words, target = match[1], match[2]
        if words is None:
            return match[0]
        if not target.startswith(_ABSOLUTE):
            target = Path(os.path.relpath(folder / target, root)).as_posix()
        return f"{words} ({target})"

    return _CODE_OR_LINK.sub(resolve, text)


@dataclass(frozen=True)
class Standing:
    """One kata and how far the learner is with it; `swapped` while `app/` holds the solution."""

    exercise: Exercise
    state: KataProgress
    swapped: bool


def render_overview(
    standings: Sequence[Standing], following: Exercise | None, console: Console
) -> None:
    """Write the katas and, last, how many are passed and which follows."""
    width = max((len(each.exercise.kata.file.title) for each in standings), default=0)
    for track in TRACKS:
        members = [each for each in standings if each.exercise.kata.file.track == track]
        if members:
            console.print(Text(track, style="bold"))
            for each in members:
                _render_standing(each, width, console)
            console.print()
    console.print(_count_done(standings))
    if following is not None:
        console.print(f"Try next: {following.kata.number} {following.kata.file.title}.")
        console.print(f"Read '{following.locate(following.kata.exercise)}/README.md' first.")


def _count_done(standings: Sequence[Standing]) -> str:
    done = f"{sum(each.state.is_done for each in standings)} of {len(standings)} katas passed"
    if any(each.exercise.kata.file.hidden is not None for each in standings):
        return f"{done} their public criteria."
    return f"{done}."


def _render_standing(standing: Standing, width: int, console: Console) -> None:
    kata = standing.exercise.kata
    columns = (
        kata.number,
        f"{kata.file.title:<{width}}",
        f"{kata.file.level:<6}",
        f"{kata.file.minutes} minutes",
        standing.state.describe(),
    )
    console.print("  ".join(["", *columns]), soft_wrap=True)
    if standing.swapped:
        back = standing.exercise.write_command("swap", "--back")
        console.print(f"      solution swapped in; {back} returns your files", soft_wrap=True)
