"""A roster says who is missing and who is a stranger; a bad one is refused with its line."""

from pathlib import Path

import pytest

from dojo.model.errors import UsageError
from dojo.runner.handins import Student
from dojo.teaching.grading_plans import apply_roster

ADA = Student("ada", (Path("ada"),))


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    """Give the path of a roster yet to be written."""
    return tmp_path / "roster.csv"


def test_missing_students_are_added(roster: Path) -> None:
    """Everybody on the roster is there in its order, then those who are not on it."""
    roster.write_text("student,email\nzoe,z@x.org\nada,a@x.org\n", "utf-8")
    eve = Student("eve", (Path("eve"),))
    students, unlisted = apply_roster(roster, [ADA, eve])

    assert students == [Student("zoe"), ADA, eve]
    assert unlisted == ["eve"]


@pytest.mark.parametrize(
    "row",
    ["ada,", "ADA,", "a1,Ada", "1815,", "a1,  ADA "],
    ids=["letter for letter", "another case", "display name", "number", "spaces"],
)
def test_submissions_find_their_row(roster: Path, row: str) -> None:
    """A submission is matched by name, by display name or by the platform's number."""
    roster.write_text(f"student,name\nbob,Bob\n{row}\n", "utf-8")
    students, unlisted = apply_roster(roster, [Student("ada", (Path("ada"),), "1815")])

    assert [each.name for each in students] == ["bob", row.split(",")[0]]
    assert unlisted == []


def test_ambiguous_names_match_nobody(roster: Path) -> None:
    """A display name that two students share says nothing."""
    roster.write_text("student,name\na1,Ada\na2,Ada\n", "utf-8")

    assert apply_roster(roster, [ADA])[1] == ["ada"]


def test_unicode_form_does_not_count(roster: Path) -> None:
    """A composed and a decomposed name are the same person."""
    roster.write_text("student\nZo\u00eb\n", "utf-8")
    students, unlisted = apply_roster(roster, [Student("Zoe\u0308", (Path("z"),))])

    assert ([each.name for each in students], unlisted) == (["Zo\u00eb"], [])


@pytest.mark.parametrize(
    "content",
    ["\ufeffStudent;Name\r\nada;Ada\r\n", "student\tname\nada\tAda\n", '"student"\n\n" ada "\n,\n'],
    ids=["spreadsheet", "tabs", "empty lines"],
)
def test_spreadsheet_dialects_are_read(roster: Path, content: str) -> None:
    """Marks, semicolons, tabs, capitals and empty lines are what programs write."""
    roster.write_text(content, "utf-8", newline="")

    assert apply_roster(roster, [ADA]) == ([ADA], [])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"ada\nbob\n", "no column 'student'"),
        (b"", "no column 'student'"),
        (b"student,student\na,b\n", "column 'student' twice"),
        (b"student\nada\nbob\nada\n", "'ada' in line 2 and in line 4"),
        (b"student,name\n,Ada\n", "Line 2 .* names no student"),
        (b"student\nZo\xeb\n", "not text in UTF-8"),
        ("student\nada\n".encode("utf-16"), "not text in UTF-8"),
    ],
)
def test_bad_rosters_are_refused(roster: Path, content: bytes, message: str) -> None:
    """Each mistake in a roster has its own sentence."""
    roster.write_bytes(content)
    with pytest.raises(UsageError, match=message):
        apply_roster(roster, [ADA])


def test_absent_roster_is_refused(roster: Path) -> None:
    """A roster that is not there is told."""
    with pytest.raises(UsageError, match="cannot be read"):
        apply_roster(roster, [ADA])
