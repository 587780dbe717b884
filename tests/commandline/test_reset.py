"""`reset` goes back to the stub, and saved work comes back by its number."""

import re
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


def test_stub_takes_the_place(dojo: Dojo, main: Path, repository: Path) -> None:
    """The stub is back, and the learner is told where their work is."""
    ended = dojo("reset", "07")

    assert ended.code == 0
    assert (
        main.read_bytes() == (repository / "exercises/07_greeting/.stub/app/main.py").read_bytes()
    )
    assert ended.out.splitlines() == [
        "'exercises/07_greeting/app' holds the original stub now.",
        "The old files are save 1, in '.dojo/saved/07_greeting/1/app'.",
        "Next: `nox -s reset -- 07 --restore 1` brings your own files back.",
    ]


def test_reset_after_swap_names_own_files(dojo: Dojo, main: Path) -> None:
    """With the solution in place, the learner's work is what was saved before it came."""
    dojo("swap", "07")
    main.write_text("# solution, improved\n")

    ended = dojo("reset", "07")

    assert "The old files are save 2," in ended.out
    assert "Your own files are save 1," in ended.out
    assert "`nox -s reset -- 07 --restore 1`" in ended.out


def test_missing_app_comes_back(dojo: Dojo, main: Path) -> None:
    """A deleted folder is replaced by the stub; there was nothing to save."""
    main.unlink()
    main.parent.rmdir()

    ended = dojo("reset", "07")

    assert main.is_file()
    assert ended.out.splitlines() == [
        "'exercises/07_greeting/app' holds the original stub now.",
        "Next: `nox -s check -- 07` grades it.",
    ]


def test_saved_work_is_restored(dojo: Dojo, main: Path) -> None:
    """Restoring brings a save back and saves what was there."""
    dojo("reset", "07")
    main.write_text("# second try\n")

    ended = dojo("reset", "07", "--restore", "1")

    assert main.read_text() == OWN
    assert ended.out.splitlines() == [
        "'exercises/07_greeting/app' holds save 1 now.",
        "The old files are save 2, in '.dojo/saved/07_greeting/2/app'.",
        "Next: `nox -s check -- 07` grades it.",
    ]


def test_saves_are_listed(dojo: Dojo, main: Path) -> None:
    """Each save has a number, a time and a reason."""
    dojo("swap", "07")
    dojo("swap", "07", "--back")
    main.write_text("# second try\n")
    dojo("reset", "07")

    first, *saves, last = dojo("reset", "07", "--saves").out.splitlines()

    assert first == "Saved work of '07_greeting', oldest first:"
    assert [re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "TIME", save) for save in saves] == [
        "  1  TIME  before the swap to the solution",
        "  2  TIME  before the reset",
    ]
    assert last == "Next: `nox -s reset -- 07 --restore 2` brings the newest back."


def test_no_saves_are_no_error(dojo: Dojo) -> None:
    """Without a save it says why."""
    ended = dojo("reset", "07", "--saves")

    assert ended.code == 0
    assert "has no saved work yet" in ended.out


def test_unknown_save_is_refused(dojo: Dojo, main: Path) -> None:
    """A number that no save has is a wrong call; nothing is changed."""
    dojo("reset", "07")
    main.write_text(OWN)

    ended = dojo("reset", "07", "--restore", "5")

    assert ended.code == 2
    assert "has no save '5', only 1." in ended.err
    assert main.read_text() == OWN


def test_two_wishes_are_refused(dojo: Dojo) -> None:
    """Listing and restoring at once is a wrong call."""
    ended = dojo("reset", "07", "--saves", "--restore", "1")

    assert ended.code == 2
    assert ended.err == "Give either `--saves` or `--restore N`, not both.\n"
