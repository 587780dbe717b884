"""The command `arrange`: lines of a solution are put in order, and graded as an app."""

import argparse
import shutil
from pathlib import Path

from ..learning.arrangements import (
    FILE_NAME,
    Arrangement,
    NoArrangement,
    make_arrangement,
    read_order,
    write_form,
)
from ..learning.exercises import Exercise, find_exercise
from ..learning.forms import write_form_file
from ..model.errors import ExitCode
from ..model.fault_files import keep_grader_fault
from ..model.reports import Report, Status
from ..output.arrangement_pages import render_arranged, render_form_written, render_misplaced
from ..output.terminal import open_console
from ..runner.grading import Job, Options
from ..runner.pool import Pool
from ..runner.sandbox import open_own_mode
from .learner_commands import add_kata_argument


def add_arrange_options(parser: argparse.ArgumentParser) -> None:
    """Add the kata; the file has one name."""
    add_kata_argument(parser)


def run_arrange(arguments: argparse.Namespace) -> int:
    """Write the lines at first use; later grade the order in which the learner has put them."""
    exercise = find_exercise(arguments.kata)
    arrangement = make_arrangement(exercise.kata)
    path, console = exercise.kata.exercise / FILE_NAME, open_console()
    shown = exercise.locate(path)
    if not path.exists():
        write_form_file(exercise, FILE_NAME, write_form(arrangement))
        render_form_written(exercise, arrangement, shown, console)
        return ExitCode.PASSED
    placed = read_order(path, arrangement)
    if not placed:
        raise NoArrangement(
            f"No line of '{shown}' stands above the dashes. Move lines there, the first one first."
        )
    lines = [each.text for each in placed]
    if error := arrangement.find_error(lines):
        index, reason = error
        render_misplaced(exercise, placed[index], reason, shown, console)
        return ExitCode.NOT_PASSED
    report = _grade(exercise, arrangement, lines)
    render_arranged(exercise, report, keep_grader_fault(report), console)
    return _find_exit_code(report)


def _find_exit_code(report: Report) -> ExitCode:
    if report.status is Status.GRADER_FAULT:
        return ExitCode.GRADER_FAULT
    return ExitCode.PASSED if report.status is Status.PASSED else ExitCode.NOT_PASSED


def _grade(exercise: Exercise, arrangement: Arrangement, lines: list[str]) -> Report:
    """Grade the solution with the lines in their new order; nothing is remembered."""
    from ..harness.temporary_folders import open_temporary_folder

    kata = exercise.kata
    with open_temporary_folder() as scratch, open_own_mode() as mode, Pool(1, mode) as pool:
        shutil.copytree(kata.solution / "app", scratch / "app")
        (scratch / arrangement.module).write_text(arrangement.assemble(lines), "utf-8")
        return pool.submit(Job(kata, Path(scratch), Options())).result()
