"""A form is written beside `app/`, or a sentence says why it cannot be."""

from pathlib import Path

import pytest

from dojo.learning.exercises import Exercise
from dojo.learning.forms import write_form_file
from dojo.model.catalogue import Kata
from dojo.model.errors import UsageError


@pytest.fixture
def exercise(tmp_path: Path) -> Exercise:
    """Give the exercise of a kata with an empty folder."""
    kata = Kata("07_greeting", tmp_path)
    kata.exercise.mkdir(parents=True)
    return Exercise(kata)


def test_form_lies_beside_the_app(exercise: Exercise) -> None:
    """It is written whole, and its path is given."""
    path = write_form_file(exercise, "a.txt", "b…\n")

    assert path == exercise.kata.exercise / "a.txt"
    assert path.read_text("utf-8") == "b…\n"


def test_form_that_cannot_be_written_is_told(exercise: Exercise) -> None:
    """A folder that takes no file gives a sentence, and no traceback."""
    exercise.kata.exercise.rmdir()

    with pytest.raises(UsageError, match=r"'exercises/07_greeting/a.txt' cannot be written: "):
        write_form_file(exercise, "a.txt", "b")
