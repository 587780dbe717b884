"""The command `compare`: after a pass, one's own answer beside two others that are right."""

import argparse

from ..harness.temporary_folders import open_temporary_folder
from ..learning.exercises import Exercise, find_exercise
from ..model.errors import ExitCode, UsageError
from ..output.terminal import open_console, render_sentences
from .learner_commands import add_kata_argument


def add_compare_options(parser: argparse.ArgumentParser) -> None:
    """Add the kata, and whether to compare before a pass."""
    add_kata_argument(parser)
    parser.add_argument("--spoil", action="store_true", help="compare before a pass")


def run_compare(arguments: argparse.Namespace) -> int:
    """Compare after a pass, or say how to get there."""
    from ..learning.comparisons import choose_answers, read_own
    from ..output.comparison_pages import render_comparison

    exercise = find_exercise(arguments.kata)
    console = open_console()
    if not arguments.spoil and exercise.progress.read(exercise.kata.id).passed_at is None:
        render_sentences([_refuse(exercise)], console)
        return ExitCode.NOT_PASSED
    if exercise.workspace.swapped is not None:
        raise UsageError(
            f"'{exercise.app}' holds the solution now, and not your answer. "
            f"Run {exercise.write_command('swap', '--back')} to return to your own files."
        )
    with open_temporary_folder() as scratch:
        answers = choose_answers(exercise.kata, scratch)
    render_comparison(exercise, read_own(exercise.kata, exercise.kata.exercise), answers, console)
    return ExitCode.PASSED


def _refuse(exercise: Exercise) -> str:
    check, spoil = exercise.write_command("check"), exercise.write_command("compare", "--spoil")
    return (
        f"Right answers to '{exercise.kata.id}' give the solution away: "
        f"pass {check} first, or run {spoil} to read them now."
    )
