"""`check` knows what the learner's folder shows and remembers where help is needed."""

from pathlib import Path

from dojo.learning.exercises import Progress

from .conftest import Dojo


def test_open_tasks_are_remembered(dojo_process: Dojo, repository: Path) -> None:
    """The tasks of criteria that did not pass are kept for the next hint."""
    ended = dojo_process("check", "07")

    assert ended.code == 1
    state = Progress(repository).read("07_greeting")
    assert (state.describe(), state.open_tasks) == ("1 of 2", [2])


def test_swapped_solution_earns_nothing(dojo_process: Dojo, repository: Path) -> None:
    """With the solution in place the report says so, and nothing is remembered."""
    dojo_process("swap", "07")

    ended = dojo_process("check", "07")

    assert ended.code == 0
    assert "Note: 'exercises/07_greeting/app' holds the solution" in ended.out
    assert "`nox -s swap -- 07 --back`" in ended.out
    assert Progress(repository).read("07_greeting").describe() == "not tried"


def test_interrupted_change_is_completed(dojo_process: Dojo, repository: Path) -> None:
    """A folder that a killed command had moved aside is back before anything is graded."""
    app = repository / "exercises/07_greeting/app"
    app.rename(app.with_name(".app.old"))

    ended = dojo_process("check", "07")

    assert ended.code == 1
    assert app.is_dir()


def test_case_is_graded_by_name(dojo_process: Dojo, repository: Path) -> None:
    """An author reads what somebody who made a certain mistake is told."""
    wrong = repository / "graders/07_greeting/submissions/wrong/silent/app"
    wrong.mkdir(parents=True)
    (wrong / "main.py").write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")

    graded = dojo_process("check", "07", "--case", "silent")
    unknown = dojo_process("check", "07", "--case", "silence")

    assert graded.code == 1
    assert Progress(repository).read("07_greeting").describe() == "not tried"
    assert (unknown.code, unknown.err) == (
        2,
        "Kata '07_greeting' has no case 'silence'. Try `--case` with 'silent'.\n",
    )
