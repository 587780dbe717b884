"""`handout` writes where nothing can be lost, and says what it gave away."""

from pathlib import Path

import pytest

from dojo.__main__ import run

from .conftest import ROOT


@pytest.fixture(autouse=True)
def _in_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_public_criteria_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The instructor reads which criteria students get, and what comes next."""
    target = tmp_path / "cohort a"

    code = run(["handout", "03", "--to", str(target), "--name", "Cohort A & friends"])

    told = " ".join(capsys.readouterr().out.split())
    assert code == 0
    assert "are public: test_request_uses_one_session, test_session_closes_once." in told
    assert f"`cd '{target}'`" in told
    assert (target / "README.md").read_text("utf-8").startswith("# Cohort A & friends\n")


def test_empty_folder_is_filled(tmp_path: Path) -> None:
    """A folder that was made for it is taken."""
    assert run(["handout", "03", "--to", str(tmp_path)]) == 0
    assert (tmp_path / "noxfile.py").is_file()


def test_used_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written where something is, and a file is not taken for a folder."""
    note = tmp_path / "note.txt"
    note.write_text("mine")

    codes = [run(["handout", "03", "--to", str(each)]) for each in (tmp_path, note)]

    assert codes == [2, 2]
    assert f"'{tmp_path}' exists and is not empty." in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]
    assert note.read_text() == "mine"


def test_unwritable_place_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A place below a file cannot hold a folder."""
    (tmp_path / "note.txt").write_text("mine")

    code = run(["handout", "03", "--to", str(tmp_path / "note.txt" / "cohort")])

    assert code == 2
    assert "cannot be written to" in capsys.readouterr().err


def test_wrong_criterion_writes_nothing(tmp_path: Path) -> None:
    """What cannot be public is refused before the folder is made."""
    target = tmp_path / "cohort"

    assert run(["handout", "03", "--to", str(target), "--public", "test_none"]) == 2
    assert not target.exists()
