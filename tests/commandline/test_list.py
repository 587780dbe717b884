"""`list` says in words how far the learner is."""

from datetime import UTC, datetime
from pathlib import Path

from dojo.learning.exercises import KataProgress, Progress

from .conftest import Dojo

PASSED = KataProgress(passed_at=datetime(2026, 5, 1, tzinfo=UTC), criteria=2, passed_criteria=2)
BEGUN = KataProgress(criteria=8, passed_criteria=3)


def test_katas_are_grouped_by_track(dojo: Dojo) -> None:
    """Tracks come in their own order, not in that of the numbers."""
    ended = dojo("list")

    assert ended.code == 0
    assert ended.out.splitlines() == [
        "basics",
        "  08  Part as friends  mid     20 minutes  not tried",
        "",
        "async",
        "  07  Greet by name    mid     20 minutes  not tried",
        "",
        "0 of 2 katas passed.",
        "Try next: 07 Greet by name.",
        "Read 'exercises/07_greeting/README.md' first.",
    ]


def test_states_are_said_in_words(dojo: Dojo, repository: Path) -> None:
    """A kata is passed, or so many of its criteria are."""
    Progress(repository).write("07_greeting", PASSED)
    Progress(repository).write("08_farewell", BEGUN)

    ended = dojo("list")

    assert "07  Greet by name    mid     20 minutes  passed\n" in ended.out
    assert "08  Part as friends  mid     20 minutes  3 of 8\n" in ended.out
    assert "1 of 2 katas passed." in ended.out


def test_begun_kata_is_suggested_first(dojo: Dojo, repository: Path) -> None:
    """Whoever started somewhere goes on there."""
    Progress(repository).write("08_farewell", BEGUN)

    ended = dojo("list")

    assert "Try next: 08 Part as friends." in ended.out


def test_nothing_suggested_after_all(dojo: Dojo, repository: Path) -> None:
    """With everything passed there is no next one."""
    Progress(repository).write("07_greeting", PASSED)
    Progress(repository).write("08_farewell", PASSED)

    ended = dojo("list")

    assert ended.out.endswith("2 of 2 katas passed.\n")


def test_swapped_solution_is_named(dojo: Dojo) -> None:
    """A kata whose folder shows the solution says so, and how to end that."""
    dojo("swap", "07")

    ended = dojo("list")

    assert "solution swapped in; `nox -s swap -- 07 --back` returns your files" in ended.out


def test_pipe_gets_plain_lines(dojo_process: Dojo) -> None:
    """In a pipe no line is longer than 80 columns and none holds a control character."""
    lines = dojo_process("list").out.splitlines()

    assert lines
    assert all(len(line) <= 80 and line.isprintable() for line in lines)
