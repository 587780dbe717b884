"""The command `tutor`: a prompt for an assistant that asks questions and gives no code."""

import argparse
from pathlib import Path

from ..learning.exercises import find_exercise
from ..model.catalogue import Kata
from ..model.errors import ExitCode, UsageError, explain
from ..model.reports import Report
from .learner_commands import add_kata_argument


def add_tutor_options(parser: argparse.ArgumentParser) -> None:
    """Add the kata, and where the prompt goes."""
    add_kata_argument(parser)
    parser.add_argument("--to", metavar="FILE", default="-", help="write it to a file")


def run_tutor(arguments: argparse.Namespace) -> int:
    """Check the learner's work as it is now, and write the prompt with its report."""
    exercise = find_exercise(arguments.kata)
    if exercise.workspace.swapped is not None:
        raise UsageError(
            f"'{exercise.app}' holds the solution, so there is nothing to ask about. "
            f"Run {exercise.write_command('swap', '--back')} to return to your own files."
        )
    from ..output.documents import write_document
    from ..output.tutor_prompt import write_prompt

    prompt = write_prompt(exercise, grade_folder(exercise.kata, exercise.kata.exercise))
    try:
        write_document(prompt, arguments.to)
    except OSError as error:
        raise UsageError(
            f"The prompt cannot be written: {explain(error)}. Name a file in a folder that exists."
        ) from None
    return ExitCode.PASSED


def grade_folder(kata: Kata, folder: Path) -> Report:
    """Grade the app in a folder; nothing of it is remembered. `UsageError` if that cannot be."""
    from ..runner.grading import Job, Options
    from ..runner.pool import NotGradable, Pool
    from ..runner.sandbox import open_own_mode

    job = Job(kata, folder, Options())
    with open_own_mode() as mode, Pool(1, mode) as pool:
        try:
            return pool.submit(job).result()
        except NotGradable as error:
            raise UsageError(str(error)) from None
