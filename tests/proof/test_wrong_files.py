"""A wrong answer that changes a few lines of the solution is an entry of `wrong.toml`."""

from pathlib import Path

import pytest

from dojo.model.catalogue import Kata
from dojo.proof import cases
from dojo.proof.cases import Case, ExpectFile, WrongFileUnreadable, list_cases, read_wrong_file
from dojo.proof.verification import Plan, Proof, verify

from .conftest import SOLUTION, WRONG

ANOTHER = """
[[wrong]]
name = "always_dark"
why = "Nobody can switch on what says that it is off."
fails = ["test_lamp_switches_on"]

[[wrong.edits]]
file = "app/main.py"
old = '{old}'
new = ''
"""


@pytest.fixture(autouse=True)
def no_cheats(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave the cheats out: they are not the point."""
    monkeypatch.setattr(cases, "CHEATS", tmp_path / "none")


def write(kata: Kata, text: str) -> None:
    """Write the file."""
    (kata.grader / "wrong.toml").write_text(text, "utf-8")


def find(kata: Kata, scratch: Path, name: str) -> Case:
    """Find a case by its name."""
    return next(case for case in list_cases(kata, scratch) if case.name == name)


def prove(*katas: Kata) -> list[Proof]:
    """Verify katas; give the proofs in the order in which they were told."""
    told: list[Proof] = []
    verify(katas, Plan(jobs=2), told.append)
    return told


def test_entry_is_the_changed_solution(kata: Kata, tmp_path: Path) -> None:
    """What is graded is the solution with the edits; what is known of it is read as it stands."""
    case = find(kata, tmp_path / "scratch", "always_on")

    assert (case.source / "app/main.py").read_text() == SOLUTION.replace("False", "True")
    assert isinstance(case.expected, ExpectFile)
    assert case.expected.why == "Whoever wants to see the lamp sees it."
    assert case.expected.fails == ("test_lamp_is_off",)


def test_given_files_can_be_changed(kata: Kata, tmp_path: Path) -> None:
    """A file that the solution takes from the stub can be edited as well."""
    (kata.stub / "app/given.py").write_text("LAMPS = 3\n")
    write(kata, WRONG.replace("app/main.py", "app/given.py").replace('"on": False', "3"))

    case = find(kata, tmp_path / "scratch", "always_on")

    assert (case.source / "app/given.py").read_text() == 'LAMPS = "on": True\n'


@pytest.mark.parametrize(
    ("old", "told"),
    [
        ('"light": False', "stands 0 times in 'app/main.py', not once: '\"light\": False'."),
        ('"name": name', "stands 2 times in 'app/main.py', not once: '\"name\": name'."),
    ],
)
def test_misfit_is_one_defect(kata: Kata, old: str, told: str) -> None:
    """An edit that does not fit is told by name, and every other case is graded."""
    write(kata, WRONG + ANOTHER.format(old=old))
    notes = kata.solution / "NOTES.md"
    notes.write_text(f"{notes.read_text()}- `always_dark`: no light at all.\n")

    (proof,) = prove(kata)

    (defect,) = proof.defects
    assert defect.startswith(f"wrong always_dark: the `old` of an edit {told}")
    assert {case.name for case in proof.reports} == {
        *("stub", "solution", "always_on", "plain_status", "renamed", "with_router"),
    }


def test_unreadable_file_is_told(kata: Kata) -> None:
    """A kata whose file cannot be read has one defect, and is told of."""
    write(kata, WRONG.replace("fails", "failing"))

    (proof,) = prove(kata)

    (defect,) = proof.defects
    assert defect.startswith("'07_lamp/wrong.toml' cannot be read: ")
    assert "wrong.0.failing Extra inputs are not permitted" in defect


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (WRONG.replace("[[wrong.edits]]", "[[wrong.edit]]"), "wrong.0.edit Extra inputs"),
        (WRONG + WRONG, "two entries have the name 'always_on'"),
        (WRONG.replace("always_on", "../always_on"), "wrong.0.name String should match pattern"),
        (WRONG.partition("\n\n")[0], "wrong.0.edits Field required"),
        (WRONG.replace("[[wrong]]", "[[wrong]"), "Expected ']]'"),
    ],
    ids=["unknown key", "twins", "no name", "no edit", "no TOML"],
)
def test_flawed_files_are_refused(kata: Kata, text: str, told: str) -> None:
    """A slip in the file is told with its place."""
    write(kata, text)

    with pytest.raises(WrongFileUnreadable) as raised:
        read_wrong_file(kata)

    assert told in str(raised.value)
