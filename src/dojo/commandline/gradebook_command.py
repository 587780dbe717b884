"""The command `gradebook`: points of a run for the platform that students look at."""

import argparse
import os
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from ..model.errors import ExitCode, UsageError
from ..output.terminal import open_console, render_sentences
from ..runner.cohort_records import Records, Result, Run
from ..teaching.marks import compute_possible, mark
from ..teaching.overrides import Overrides
from ..teaching.uploads import Entered, enter_points

_SHOWN = 10

_ADDRESS, _TOKEN = "CANVAS_API_URL", "CANVAS_API_TOKEN"


def add_gradebook_options(parser: argparse.ArgumentParser) -> None:
    """Add the run, the exported file and where the points go."""
    parser.description = (
        "Put the points of a run into a gradebook that Canvas, Moodle, Gradescope or Blackboard has"
        " exported. Nothing else in it changes, so it can be uploaded again."
    )
    add = parser.add_argument
    add("run", metavar="RUN", help="the folder that `nox -s grade` has written")
    add("--into", metavar="CSV", required=True, help="the gradebook as the platform exports it")
    add("--to", metavar="FILE", help="the file to upload; 'graded-' before the name without it")
    add("--column", metavar="TITLE", default="", help="the assignment, or a part of its title")
    add("--scale", action="store_true", help="convert to the points that the column takes")
    add(
        "--push",
        metavar="COURSE",
        type=int,
        help=f"compare with this course of Canvas, by {_ADDRESS} and {_TOKEN}; changes nothing",
    )
    add("--really", action="store_true", help="with --push: change the points on Canvas")


def run_gradebook(arguments: argparse.Namespace) -> int:
    """Write the file to upload, and say who has no points in it."""
    export = Path(arguments.into)
    target = Path(arguments.to) if arguments.to else export.with_name(f"graded-{export.name}")
    if target.exists() and target.samefile(export):
        raise UsageError(f"'{target}' is the exported file. Name another one with `--to`.")
    records = Records(Path(arguments.run))
    run = records.read_run()
    possible = sum(compute_possible(kata, run.marking) for kata in run.katas)
    marks = sum_marks(records, run)
    entered = enter_points(export, marks, possible, arguments.column, scale=arguments.scale)
    try:
        target.write_bytes(entered.content)
    except OSError as error:
        raise UsageError(f"'{target}' cannot be written: {error.strerror}.") from None
    console = open_console()
    render_sentences([entered.description, *_describe(entered, target)], console)
    if arguments.push is not None:
        changes = _push(entered, arguments.push, really=arguments.really)
        render_sentences(changes, console)
    return ExitCode.PASSED


def sum_marks(records: Records, run: Run) -> dict[str, float | None]:
    """Sum the points of each student over the katas of a run; none where nothing has points."""
    overrides = Overrides.read(records.folder)
    marks = {}
    for student, results in groupby(records.iterate(), key=lambda result: result.student):
        marks[student] = _sum_points(results, run, overrides)
    return marks


def _sum_points(results: Iterable[Result], run: Run, overrides: Overrides) -> float | None:
    katas = {kata.id for kata in run.katas}
    points = [mark(each, run, overrides).points for each in results if each.kata in katas]
    known = [each for each in points if each is not None]
    return round(sum(known), 2) if known else None


def _describe(entered: Entered, target: Path) -> list[str]:
    count = len(entered.points)
    lines = [
        f"Wrote '{target}': {count} {'student has' if count == 1 else 'students have'} points in"
        f" '{entered.column.title}'. Nothing else changed."
    ]
    if entered.without_points:
        lines.append(f"Left as they were, without points: {_list(entered.without_points)}.")
    if entered.strangers:
        lines.append(f"In the run, but not in the gradebook: {_list(entered.strangers)}.")
    return lines


def _list(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(f"'{name}'" for name in names[:_SHOWN]) + more


def _push(entered: Entered, course: int, *, really: bool) -> list[str]:
    """Compare with Canvas, and change it if it is really wanted; give what to say."""
    from ..teaching.canvas import CanvasGradebook

    address, token = os.environ.get(_ADDRESS), os.environ.get(_TOKEN)
    if not address or not token:
        raise UsageError(
            f"Set {_ADDRESS} to the address of Canvas and {_TOKEN} to a token of yours. Canvas"
            " gives one under 'Account', 'Settings', 'New Access Token'."
        )
    canvas = CanvasGradebook(address, token, course)
    lines = []
    for change in canvas.compare(entered):
        before = "none" if change.before is None else f"{change.before:g}"
        lines.append(f"{change.student}: {before} becomes {change.after:g}.")
        if really:
            canvas.enter(change)
    if not lines:
        return ["Canvas has the same points already."]
    if not really:
        lines.append("Nothing was changed on Canvas. Add `--really` to change it.")
    return lines
