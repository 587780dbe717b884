"""The command `examples`: what a learner expects of a kata, before there is code."""

import argparse

from ..learning.exercises import Exercise, find_exercise
from ..learning.forms import write_form_file
from ..model.errors import ExitCode, UsageError
from ..output.terminal import open_console
from ..runner.sandbox import open_own_mode
from .learner_commands import add_kata_argument


def add_examples_options(parser: argparse.ArgumentParser) -> None:
    """Add the kata; the file has one name."""
    add_kata_argument(parser)


def run_examples(arguments: argparse.Namespace) -> int:
    """Write the form at first use; later judge what the learner has written into it."""
    exercise = find_exercise(arguments.kata)
    _refuse_others(exercise)
    from ..learning.example_files import (
        FILE_NAME,
        ExampleFileUnreadable,
        find_task,
        read_example_file,
        write_form,
    )
    from ..learning.example_trials import try_examples
    from ..output.example_pages import render_examples, render_form_written, show_progress

    console = open_console()
    path = exercise.kata.exercise / FILE_NAME
    if not path.exists():
        write_form_file(exercise, FILE_NAME, write_form(exercise.kata))
        render_form_written(exercise, exercise.locate(path), console)
        return ExitCode.PASSED
    examples = read_example_file(path, exercise.kata.exercise)
    if not examples:
        raise ExampleFileUnreadable(
            f"'{exercise.locate(path)}' holds no example. Write a request with `curl` and its "
            "answer into it. To get the form again, delete the file and run the command."
        )
    with show_progress(len(examples), console) as tell, open_own_mode() as mode:
        trial = try_examples(exercise.kata, examples, mode, tell)
    statement = (exercise.kata.description / "README.md").read_text("utf-8")
    tasks = {each.line: find_task(each, statement) for each in examples}
    render_examples(exercise, trial, tasks, console)
    is_right = all(each.is_right for each in trial.judgements)
    return ExitCode.PASSED if is_right else ExitCode.NOT_PASSED


def _refuse_others(exercise: Exercise) -> None:
    """Refuse katas without requests; a handout, which has no known answers, has no such command."""
    kata, check = exercise.kata, exercise.write_command("check")
    if kata.file.kind != "app":
        raise UsageError(
            f"Examples are requests to an app, and '{kata.id}' asks for none. "
            f"Run {check} to grade your work."
        )
