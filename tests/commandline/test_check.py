"""`check` knows what the learner's folder shows and remembers where help is needed."""

import json
import shutil
from pathlib import Path

import pytest

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


def test_missing_folder_has_a_way_back(dojo_process: Dojo, repository: Path) -> None:
    """Without `app/` the advice is a command that brings it back, as it is printed."""
    app = repository / "exercises/07_greeting/app"
    shutil.rmtree(app)

    refused = dojo_process("check", "07")
    dojo_process(*read_command(refused.err))

    assert (refused.code, refused.err) == (
        2,
        "The folder 'exercises/07_greeting/app' is missing. "
        "To start again: `nox -s reset -- 07`.\n",
    )
    assert (app / "main.py").is_file()


def test_missing_file_has_a_way_back(dojo_process: Dojo, repository: Path) -> None:
    """Without `main.py` the learner's last saved work comes back by the printed command."""
    main = repository / "exercises/07_greeting/app/main.py"
    main.write_text("# mine\n")
    dojo_process("reset", "07")
    main.unlink()

    ended = dojo_process("check", "07")
    dojo_process(*read_command(ended.out.partition("saved work: ")[2]))

    assert ended.code == 1
    assert "The file 'app/main.py' is missing." in ended.out
    assert main.read_text() == "# mine\n"


def read_command(text: str) -> list[str]:
    """Read the first printed command as the arguments of `dojo`."""
    session, _, arguments = text.partition("`nox -s ")[2].partition("`")[0].partition(" -- ")
    return [session, *arguments.split()]


FOREIGN = {
    "solution": (["--solution"], "`nox -s check -- 07` grades your own work."),
    "submission": (
        ["--submission", "solutions/07_greeting"],
        "`nox -s check -- 07` grades your own work.",
    ),
}


@pytest.mark.parametrize(("options", "following"), FOREIGN.values(), ids=FOREIGN)
def test_foreign_pass_offers_no_notes(
    dojo_process: Dojo, options: list[str], following: str
) -> None:
    """A pass that opens no notes is not followed by them, but by one's own work."""
    ended = dojo_process("check", "07", *options)

    assert ended.code == 0
    assert f"Next: {following}" in ended.out
    assert "nox -s notes" not in ended.out


def test_swapped_pass_offers_own_files(dojo_process: Dojo) -> None:
    """After `swap` the next step is the way back: the notes would refuse."""
    dojo_process("swap", "07")

    ended = dojo_process("check", "07")

    assert "Next: `nox -s swap -- 07 --back` returns your own files." in ended.out
    assert "nox -s notes" not in ended.out


def test_partial_pass_offers_whole_check(dojo_process: Dojo) -> None:
    """One criterion that passes opens no notes either."""
    ended = dojo_process("check", "07", "--criterion", "test_service_describes_itself")

    assert ended.code == 0
    assert "Next: `nox -s check -- 07` checks every criterion." in ended.out
    assert "nox -s notes" not in ended.out


def test_places_lead_to_the_submission(dojo_process: Dojo, repository: Path) -> None:
    """A place in work that was given by its path leads there, from the current folder."""
    work = repository / "students/ana/app"
    work.mkdir(parents=True)
    (work / "main.py").write_text("import nothing_here\n")

    ended = dojo_process("check", "07", "--submission", "students/ana")

    assert "Where     students/ana/app/main.py:1\n" in ended.out


def solve(repository: Path, kata: str) -> None:
    """Copy the solution of a kata into the learner's folder, as their own work."""
    solution = (repository / "solutions" / kata / "app/main.py").read_text()
    (repository / "exercises" / kata / "app/main.py").write_text(solution)


def test_several_katas_get_a_line_each(dojo_process: Dojo, repository: Path) -> None:
    """A line for each kata, the first failure in full, and a total."""
    solve(repository, "08_farewell")

    ended = dojo_process("check")

    lines = ended.out.splitlines()
    assert ended.code == 1
    assert lines[:5] == [
        "07_greeting                   not passed     1 of 2",
        "08_farewell                   passed         2 of 2",
        "",
        "The first failure:",
        "07_greeting: Greet by name",
    ]
    assert ended.out.count("FAILED") == 1
    assert lines[-1] == "Total: 1 of 2 katas passed, 3 of 4 criteria."


def test_shown_criteria_are_those_asked_for(dojo_process: Dojo) -> None:
    """Whoever says what to show of several katas gets every report."""
    ended = dojo_process("check", "--show", "failed")

    assert ended.out.count("FAILED") == 2
    assert "Total:" not in ended.out


def test_pass_names_the_next_kata(dojo_process: Dojo, repository: Path) -> None:
    """After a pass one reads which kata comes next."""
    solve(repository, "07_greeting")

    ended = dojo_process("check", "07")

    assert ended.code == 0
    assert ended.out.endswith(
        'Next kata: 08_farewell, "Part as friends" (basics, mid, 20 minutes).\n'
        "`nox -s next` says why, and how to begin.\n"
    )


def test_failure_names_no_next_kata(dojo_process: Dojo) -> None:
    """Before a pass there is something else to do."""
    assert "Next kata" not in dojo_process("check", "07").out


def test_last_pass_names_none(dojo_process: Dojo, repository: Path) -> None:
    """When every kata is passed, no next one is invented."""
    for kata in ("07_greeting", "08_farewell"):
        solve(repository, kata)

    ended = dojo_process("check")

    assert ended.code == 0
    assert ended.out.endswith("\nTotal: 2 of 2 katas passed, 4 of 4 criteria.\n")


def test_summary_leaves_documents_alone(dojo_process: Dojo) -> None:
    """Where the reports go to standard output, nothing else is written there."""
    ended = dojo_process("check", "--json", "-")

    assert [report["kata"] for report in json.loads(ended.out)["reports"]] == [
        "07_greeting",
        "08_farewell",
    ]


def test_kata_without_postgresql_is_refused(dojo_process: Dojo) -> None:
    """A kata says whether it can run on PostgreSQL; nothing is started for one that cannot."""
    ended = dojo_process("check", "07", "--database", "postgresql")

    assert ended.code == 2
    assert ended.err.startswith("'07_greeting' does not run on PostgreSQL.")
