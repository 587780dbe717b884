"""`hint` goes one step further with each call."""

from pathlib import Path

from dojo.learning.exercises import KataProgress, Progress

from .conftest import Dojo


def test_hint_says_which_it_is(dojo: Dojo) -> None:
    """The task, the number of the hint and the command for more stand beside it."""
    ended = dojo("hint", "07")

    assert ended.code == 0
    assert ended.out.splitlines() == [
        "07_greeting, task 1: Greet somebody",
        "Hint 1 of 2:",
        "",
        "Where does the name come from?",
        "",
        "Next: `nox -s hint -- 07 --task 1` gives the next one.",
    ]


def test_each_call_goes_further(dojo: Dojo) -> None:
    """A second call gives the second hint."""
    dojo("hint", "07")

    ended = dojo("hint", "07")

    assert "Hint 2 of 2:\n\nBraces.\n" in ended.out


def test_next_task_follows_the_last_hint(dojo: Dojo) -> None:
    """Without a check, the first task with unread hints has its turn."""
    dojo("hint", "07")
    dojo("hint", "07")

    ended = dojo("hint", "07")

    assert "task 2: Greet everybody\nHint 1 of 1:" in ended.out


def test_last_hint_is_repeated(dojo: Dojo) -> None:
    """After the last hint it says so, repeats it and names the notes."""
    dojo("hint", "07", "--task", "2")

    ended = dojo("hint", "07", "--task", "2")

    assert "This task has no more hints." in ended.out
    assert "Encode it." in ended.out
    assert "`nox -s notes -- 07 --spoil`" in ended.out


def test_failed_task_comes_first(dojo: Dojo, repository: Path) -> None:
    """The first task that the last check left open is the one that needs a hint."""
    Progress(repository).write("07_greeting", KataProgress(criteria=2, open_tasks=[2]))

    ended = dojo("hint", "07")

    assert "task 2: Greet everybody" in ended.out


def test_hint_names_the_criterion(dojo: Dojo, repository: Path) -> None:
    """The criterion for which the hint is given stands above it."""
    state = KataProgress(criteria=2, open_tasks=[2], open_sentences={2: "Ümit is greeted."})
    Progress(repository).write("07_greeting", state)

    ended = dojo("hint", "07")

    assert "task 2: Greet everybody\nNot passed yet: Ümit is greeted.\nHint 1 of 1:" in ended.out


def test_named_task_is_preferred(dojo: Dojo, repository: Path) -> None:
    """A task that is named counts more than the one left open."""
    Progress(repository).write("07_greeting", KataProgress(criteria=2, open_tasks=[2]))

    ended = dojo("hint", "07", "--task", "1")

    assert "task 1: Greet somebody" in ended.out


def test_counter_belongs_to_one_kata(dojo: Dojo) -> None:
    """Hints read in one kata are unread in another."""
    dojo("hint", "07")

    ended = dojo("hint", "08")

    assert "Hint 1 of 2:" in ended.out


def test_unknown_task_is_refused(dojo: Dojo) -> None:
    """A task without hints is a wrong call; the message names those that have some."""
    ended = dojo("hint", "07", "--task", "9")

    assert ended.code == 2
    assert ended.err == (
        "Kata '07_greeting' has no hints for a task '9', only for 1, 2. "
        "Run `nox -s hint -- 07` to get the next one.\n"
    )


def test_missing_hints_are_told(dojo: Dojo, repository: Path) -> None:
    """A kata without hints says so."""
    (repository / "exercises/07_greeting/HINTS.md").unlink()

    ended = dojo("hint", "07")

    assert ended.code == 2
    assert ended.err.startswith("Kata '07_greeting' has no hints. ")


def test_unknown_kata_is_refused(dojo_process: Dojo) -> None:
    """A kata that does not exist is a wrong call, without a traceback."""
    ended = dojo_process("hint", "99")

    assert ended.code == 2
    assert ended.err == "Kata '99' does not exist. Run `nox -s list` to see them all.\n"
