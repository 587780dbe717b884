"""Feedback goes to each student alone, in the files that a platform takes back."""

import email
import zipfile
from email.policy import default
from pathlib import Path

import pytest

from dojo.__main__ import run
from dojo.model.reports import Outcome
from dojo.output.feedback_texts import escape
from dojo.runner.cohort_records import Records, Result

from ..output.samples import make_criterion, make_report
from .cohorts import make_kata, make_result, make_run

PASSED = make_criterion()
FAILED = make_criterion(Outcome.FAILED, name="test_shelf_is_full")
ADA, BO, CLEO = "ada@example.org", "Bo Li & Söhne", "<b>cleo</b>"
SOURCES = {
    ADA: "Ada Lovelace_1815_assignsubmission_file",
    BO: "lili_LATE_12_345_app.zip",
    CLEO: "",
}


@pytest.fixture
def graded(tmp_path: Path) -> Path:
    """Give the folder of a run with three students, one of whom handed nothing in."""
    folder = tmp_path / "graded"
    records = Records(folder)
    records.write_run(make_run(make_kata([PASSED, FAILED])))
    results = [
        make_result(ADA, make_report(PASSED, FAILED), source=SOURCES[ADA]),
        make_result(BO, make_report(PASSED, FAILED), source=SOURCES[BO]),
        make_result(CLEO),
    ]
    for result in results:
        _keep(records, result)
    return folder


def _keep(records: Records, result: Result) -> None:
    records.write(result.student, result.kata, result.model_dump_json())


def deliver(graded: Path, way: str, target: Path, *arguments: str) -> dict[str, str]:
    """Deliver in a way; give the files by name."""
    code = run(["feedback", str(graded), "--deliver", way, "--to", str(target), *arguments])
    assert code == 0
    if target.suffix == ".zip":
        with zipfile.ZipFile(target) as archive:
            return {name: archive.read(name).decode() for name in archive.namelist()}
    return {path.name: path.read_text("utf-8") for path in target.iterdir()}


@pytest.mark.parametrize("way", ["pages", "comments", "mail"])
def test_no_page_names_another(graded: Path, tmp_path: Path, way: str) -> None:
    """Whatever is written for one student has nobody else's name in it, and leads nowhere."""
    files = deliver(graded, way, tmp_path / "feedback")
    marks = {ADA: "ada@example", BO: "Söhne", CLEO: "cleo"}
    found = {
        name: [student for student, mark in marks.items() if mark in f"{name} {text}"]
        for name, text in files.items()
    }

    assert found
    assert all(len(students) == 1 for students in found.values()), found
    assert not any('href="../' in text or "students/" in text for text in files.values())


def test_pages_stand_alone(graded: Path, tmp_path: Path) -> None:
    """Each student has a page for the browser and one in Markdown, also who is missing."""
    files = deliver(graded, "pages", tmp_path / "feedback")

    assert len(files) == 6
    assert sum("<script" in text or "src=" in text for text in files.values()) == 0
    assert sum("&lt;b&gt;cleo" in text for text in files.values()) == 1


def test_moodle_finds_the_owner(graded: Path, tmp_path: Path) -> None:
    """A file begins as the hand-in did: person, number and kind."""
    files = deliver(graded, "moodle", tmp_path / "back.zip")

    assert list(files) == ["Ada Lovelace_1815_assignsubmission_file_feedback.html"]


def test_canvas_finds_the_owner(graded: Path, tmp_path: Path) -> None:
    """A file begins as the hand-in did: person, mark of being late, numbers."""
    assert list(deliver(graded, "canvas", tmp_path / "back.zip")) == [
        "lili_LATE_12_345_feedback.html"
    ]


def test_who_gets_none_is_told(
    graded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody is left out in silence."""
    deliver(graded, "moodle", tmp_path / "back.zip")
    told = capsys.readouterr().out.replace("\n", " ")

    assert "nothing was handed in" in told
    assert "'lili_LATE_12_345_app.zip' is not named as Moodle names hand-ins" in told


def test_mail_has_page_attached(graded: Path, tmp_path: Path) -> None:
    """A mail is a draft to one person: the text, and the page for the browser."""
    ((name, text),) = deliver(graded, "mail", tmp_path / "mails").items()
    mail = email.message_from_string(text, policy=default)

    assert name.endswith(".eml")
    assert (mail["To"], mail["X-Unsent"]) == (ADA, "1")
    assert [part.get_filename() for part in mail.iter_attachments()] == ["feedback.html"]


def test_roster_knows_addresses(graded: Path, tmp_path: Path) -> None:
    """Whoever is called otherwise gets mail by the roster."""
    roster = tmp_path / "roster.csv"
    roster.write_text(f"First Name,Last Name,SID,Email\nLi,Bo,{BO},bo@example.org\n")
    files = deliver(graded, "mail", tmp_path / "mails", "--roster", str(roster))

    assert sum("To: bo@example.org" in text for text in files.values()) == 1


def test_folder_with_files_is_refused(graded: Path, tmp_path: Path) -> None:
    """Nothing that is there is written over."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note.txt").touch()

    assert run(["feedback", str(graded), "--to", str(tmp_path / "full")]) == 2


def test_markdown_is_escaped() -> None:
    """A name is no heading and no link; code stays code."""
    assert escape("*Bo* [x](y) `a_b`") == "\\*Bo\\* \\[x\\](y) `a_b`"
