"""`swap` shows the solution and gives the learner's own files back."""

from pathlib import Path

import pytest

from .conftest import Dojo

OWN = "# mine\n"


@pytest.fixture
def main(repository: Path) -> Path:
    """Give the learner's file, worked on."""
    path = repository / "exercises/07_greeting/app/main.py"
    path.write_text(OWN)
    return path


def test_solution_takes_the_place(dojo: Dojo, main: Path, repository: Path) -> None:
    """The solution is in `app/`, and the learner is told where their own work is."""
    ended = dojo("swap", "07")

    assert ended.code == 0
    assert main.read_bytes() == (repository / "solutions/07_greeting/app/main.py").read_bytes()
    assert ended.out.splitlines() == [
        "'exercises/07_greeting/app' holds the solution now.",
        "Your own files are save 1, in '.dojo/saved/07_greeting/1/app'.",
        "Next: `nox -s swap -- 07 --back` returns them.",
    ]
    assert (repository / ".dojo/saved/07_greeting/1/app/main.py").read_text() == OWN


def test_own_files_come_back(dojo: Dojo, main: Path) -> None:
    """Swapping back brings the learner's own files, byte for byte."""
    dojo("swap", "07")

    ended = dojo("swap", "07", "--back")

    assert main.read_text() == OWN
    assert ended.out.splitlines() == [
        "'exercises/07_greeting/app' holds your own files again, from save 1.",
        "Next: `nox -s check -- 07` grades them.",
    ]


@pytest.mark.parametrize("arguments", [["--back"], []], ids=["back", "again"])
def test_edited_solution_is_kept(dojo: Dojo, main: Path, arguments: list[str]) -> None:
    """What was changed in the solution is saved, and said."""
    dojo("swap", "07")
    main.write_text("# solution, improved\n")

    ended = dojo("swap", "07", *arguments)

    assert (
        "What you changed in the solution is save 2, in '.dojo/saved/07_greeting/2/app'."
        in ended.out
    )


def test_second_swap_names_own_files(dojo: Dojo, main: Path) -> None:
    """Swapping in twice still names the save with the learner's work."""
    dojo("swap", "07")

    ended = dojo("swap", "07")

    assert main.read_text() != OWN
    assert "Your own files are save 1," in ended.out
    assert "What you changed" not in ended.out


def test_back_without_swap_is_refused(dojo: Dojo, main: Path) -> None:
    """There is nothing to take out; nothing happens."""
    ended = dojo("swap", "07", "--back")

    assert ended.code == 2
    assert "Run `nox -s swap -- 07`" in ended.err
    assert main.read_text() == OWN
