"""A new kata is begun with files that grade, and that say what is to be replaced in them."""

import shutil
from pathlib import Path

import pytest

from dojo.model.catalogue import Kata
from dojo.model.rules import RULES_FILE
from dojo.proof.structure import UnusableId, make_kata
from dojo.proof.verification import Plan, verify

ID = "56_long_polling"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give the root of a repository without katas."""
    for name in ("exercises", "solutions", "graders"):
        (tmp_path / name).mkdir()
    shutil.copy(Path(__file__).parents[2] / RULES_FILE, tmp_path / RULES_FILE)
    return tmp_path


def test_skeleton_grades_from_start(root: Path) -> None:
    """The stub fails, the solution passes; only what an author has to write is missing."""
    make_kata(root, ID)
    (proof,) = verify([Kata(ID, root)], Plan(jobs=2), lambda _: None)
    verdicts = {case.kind: report.status for case, report in proof.reports.items()}
    others = [each for each in proof.defects if "is not written yet" not in each]

    assert verdicts == {
        "stub": "not_passed",
        "solution": "passed",
        "wrong": "not_passed",
        "cheat": "not_passed",
    }
    assert others == ["There are 0 accepted submissions; 2 are the least."]


def test_placeholders_say_what_belongs(root: Path) -> None:
    """Every placeholder is a defect that says where it stands and what to write there."""
    make_kata(root, ID)
    (proof,) = verify([Kata(ID, root)], Plan(jobs=2), lambda _: None)

    assert (
        f"Line 5 of 'exercises/{ID}/HINTS.md' is not written yet: "
        "'REPLACE: a hint that names the idea, never the answer.'." in proof.defects
    )


def test_title_comes_from_name(root: Path) -> None:
    """The id's words make the first title, in every file that has one."""
    make_kata(root, ID)

    assert Kata(ID, root).file.title == "Long polling"
    assert (root / f"exercises/{ID}/README.md").read_text().startswith("# Long polling\n")


@pytest.mark.parametrize("wanted", ["long_polling", "5_x", "56-long", "56_Long", "../56_x", "56_"])
def test_other_ids_are_refused(root: Path, wanted: str) -> None:
    """An id is two digits and words in lower case."""
    with pytest.raises(UnusableId, match="Use two digits and a name in lower case"):
        make_kata(root, wanted)

    assert list(root.rglob("*.md")) == []


def test_taken_numbers_are_refused(root: Path) -> None:
    """A number names one kata."""
    make_kata(root, ID)

    with pytest.raises(UnusableId, match=f"Number '56' belongs to kata '{ID}'"):
        make_kata(root, "56_other")


def test_existing_folders_are_kept(root: Path) -> None:
    """What stands at a place that is needed is not written over."""
    (root / "graders" / ID).mkdir()

    with pytest.raises(UnusableId, match=f"'graders/{ID}' exists already"):
        make_kata(root, ID)
