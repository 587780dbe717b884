"""`notes` shows the notes of the solution to those who passed or ask for it."""

from datetime import UTC, datetime
from pathlib import Path

from dojo.learning.exercises import KataProgress, Progress

from .conftest import Dojo


def test_notes_wait_for_a_pass(dojo: Dojo) -> None:
    """Before a pass, one sentence says how to get them."""
    ended = dojo("notes", "07")

    assert ended.code == 1
    assert "# Notes" not in ended.out
    assert " ".join(ended.out.split()) == (
        "The notes of '07_greeting' show the solution. First pass `nox -s check -- 07`. "
        "To read them now: `nox -s notes -- 07 --spoil`."
    )


def test_spoiled_notes_are_shown(dojo: Dojo) -> None:
    """Who asks for them gets them; links are paths that can be opened from the root."""
    ended = dojo("notes", "07", "--spoil")

    assert ended.code == 0
    assert ended.out.splitlines() == [
        "# Notes",
        "",
        "- `named`: `a[0](b)` is not a link.",
        "- docs (https://fastapi.tiangolo.com/)",
        "",
        "Next: `nox -s swap -- 07` puts the solution in place of your files, which are",
        "kept.",
    ]


def test_passed_kata_shows_notes(dojo: Dojo, repository: Path) -> None:
    """After a pass they need no asking, and lead to other right answers."""
    Progress(repository).write("07_greeting", KataProgress(passed_at=datetime.now(UTC)))

    ended = dojo("notes", "07")

    assert ended.code == 0
    assert ended.out.startswith("# Notes\n")
    assert ended.out.splitlines()[-1] == (
        "Next: `nox -s compare -- 07` shows your answer beside two others that are right."
    )


def test_missing_notes_are_told(dojo: Dojo, repository: Path) -> None:
    """A kata that was handed out without its solution says so."""
    (repository / "solutions/07_greeting/NOTES.md").unlink()

    ended = dojo("notes", "07", "--spoil")

    assert ended.code == 2
    assert "'solutions/07_greeting/NOTES.md' is missing" in ended.err
