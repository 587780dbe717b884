"""Forms: files that a command writes beside `app/`, for a learner to fill in.

They are no part of what is graded or handed in: only `app/` is.
"""

from pathlib import Path

from ..model.errors import UsageError, explain
from ..model.files import write
from .exercises import Exercise


def write_form_file(exercise: Exercise, name: str, text: str) -> Path:
    """Write a form; raises `UsageError` where that cannot be done."""
    path = exercise.kata.exercise / name
    try:
        write(path, text)
    except OSError as error:
        raise UsageError(
            f"'{exercise.locate(path)}' cannot be written: {explain(error)}. "
            "Check that the disk has space and that you may write to the folder."
        ) from None
    return path
