"""`arrange` mixes lines of a solution, and grades the order in which they are put."""

from pathlib import Path

import pytest

from dojo.learning.arrangements import make_arrangement
from dojo.model.catalogue import Catalogue

from .conftest import Dojo

WRONG = """\
[[wrong]]
name = "same_for_all"
why = "Everybody is greeted in the same way."
fails = ["test_greeting_holds_name"]

[[wrong.edits]]
file = "app/main.py"
old = 'Hello {name}'
new = 'Hello you'
"""


@pytest.fixture
def file(repository: Path) -> Path:
    """Give the learner's file of a kata whose solution has one wrong turn."""
    (repository / "graders/07_greeting/wrong.toml").write_text(WRONG)
    return repository / "exercises/07_greeting/arrange.txt"


def place(file: Path, *, with_wrong_line: bool = False) -> list[str]:
    """Put the lines in the order of the solution, perhaps with the wrong one in its place."""
    arrangement = make_arrangement(Catalogue(file.parents[2]).find("07"))
    (distractor,) = arrangement.distractors
    placed, left = list(arrangement.lines), [distractor]
    if with_wrong_line:
        index = next(i for i, line in enumerate(placed) if "Hello" in line)
        placed[index], left = distractor, [placed[index]]
    file.write_text("\n".join([*placed, "----", *left]), "utf-8")
    return placed


def test_lines_are_written_at_first(dojo: Dojo, file: Path) -> None:
    """The first call writes the lines and says what to do; the second finds none in order."""
    first, second = dojo("arrange", "07"), dojo("arrange", "07")

    assert first.code == 0
    assert first.out.startswith("'exercises/07_greeting/arrange.txt' is written. It holds ")
    assert '    return {"text": f"Hello you"}' in file.read_text("utf-8")
    assert second.code == 2
    assert second.err.startswith("No line of 'exercises/07_greeting/arrange.txt' stands above")


def test_right_order_passes(dojo: Dojo, file: Path) -> None:
    """An order is graded as an app; the kata itself is not passed by it."""
    place(file)

    ended = dojo("arrange", "07")

    assert ended.code == 0
    assert ended.out.splitlines() == [
        "Your order is right: the app passes all 2 criteria.",
        "Next: write it yourself, without these lines. `nox -s check -- 07` grades that.",
    ]
    assert not (file.parents[2] / ".dojo/progress").exists()


def test_wrong_line_shows_what_it_does(dojo: Dojo, file: Path) -> None:
    """An order that Python can read shows the first criterion that it fails."""
    place(file, with_wrong_line=True)

    ended = dojo("arrange", "07")

    assert ended.code == 1
    assert ended.out.splitlines()[:3] == [
        "Python can read your order. The app passes 1 of 2 criteria.",
        "",
        "FAILED  The greeting holds the name.",
    ]
    assert "same_for_all" not in ended.out
    assert ended.out.endswith("Next: change your order, then run `nox -s arrange -- 07` again.\n")


def test_line_out_of_place_is_named(dojo: Dojo, file: Path) -> None:
    """An order that Python cannot read gets the line, and nothing of the right order."""
    placed = place(file)
    body = next(line for line in placed if line.startswith("    return"))
    file.write_text("\n".join([body, *file.read_text("utf-8").replace(body, "", 1).splitlines()]))

    ended = dojo("arrange", "07")

    assert ended.code == 1
    assert ended.out.splitlines() == [
        "Line 1 of 'exercises/07_greeting/arrange.txt' cannot stand where it stands.",
        "Python says: unexpected indent.",
        f"    {body}",
        "Next: move it, or a line before it, then run `nox -s arrange -- 07` again.",
    ]
