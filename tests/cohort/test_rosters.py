"""A roster says who is missing and who is a stranger; a bad one is refused with its line."""

from pathlib import Path

import pytest

from dojo.model.errors import UsageError
from dojo.runner.attempts import Attempt
from dojo.runner.handins import Student
from dojo.teaching.rosters import match_students, read_columns, read_roster

ADA = Student("ada", (Attempt(Path("ada")),))


def apply_roster(path: Path, students: list[Student]) -> tuple[list[Student], list[str]]:
    """Match submissions with a roster; give everybody, and who is not on it."""
    match = match_students(read_roster(path), students)
    return list(match.students), list(match.unlisted)


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    """Give the path of a roster yet to be written."""
    return tmp_path / "roster.csv"


def test_missing_students_are_added(roster: Path) -> None:
    """Everybody on the roster is there in its order, then those who are not on it."""
    roster.write_text("student,email\nzoe,z@x.org\nada,a@x.org\n", "utf-8")
    eve = Student("eve", (Attempt(Path("eve")),))
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
    students, unlisted = apply_roster(roster, [Student("ada", (Attempt(Path("ada")),), "1815")])

    assert [each.name for each in students] == ["bob", row.split(",")[0]]
    assert unlisted == []


def test_ambiguous_names_match_nobody(roster: Path) -> None:
    """A display name that two students share says nothing."""
    roster.write_text("student,name\na1,Ada\na2,Ada\n", "utf-8")

    assert apply_roster(roster, [ADA])[1] == ["ada"]


def test_unicode_form_does_not_count(roster: Path) -> None:
    """A composed and a decomposed name are the same person."""
    roster.write_text("student\nZo\u00eb\n", "utf-8")
    students, unlisted = apply_roster(roster, [Student("Zoe\u0308", (Attempt(Path("z")),))])

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
        (b"Full name,Matrikel\nAda,1815\n", "columns are: Full name, Matrikel. Name one"),
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


CANVAS = """\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Homework 1 (7)
    Points Possible,,,,,10.00
"Lovelace, Ada",1815,s1,ada@x.org,A,
"Hopper, Grace",1906,s2,grace@x.org,A,
"Student, Test",99,,,A,
"""
MOODLE = """Identifier,Full name,Email address,Status,Grade,Maximum Grade
Participant 1815,Ada Lovelace,ada@x.org,No submission,,10
Participant 1906,Grace Hopper,grace@x.org,Submitted for grading,,10
"""
PARTICIPANTS = """First name,Last name,Email address
Ada,Lovelace,ada@x.org
Grace,Hopper,grace@x.org
"""
GRADESCOPE = """First Name;Last Name;SID;Email;Sections
Ada;Lovelace;s1;ada@x.org;A
Grace;Hopper;s2;grace@x.org;
"""
CLASSROOM = """identifier,github_username,github_id,name
ada@x.org,countess,1,
grace@x.org,amazing,2,
"""
EMAILS = ("ada@x.org", "grace@x.org")


@pytest.mark.parametrize(
    ("content", "handed_in", "ids", "told"),
    [
        (CANVAS, Student("lovelaceada", (), "1815"), EMAILS, "Canvas: 'SIS Login ID'"),
        (CANVAS, Student("lovelaceada"), EMAILS, "'Student' the name"),
        (MOODLE, Student("A. L.", (), "1815"), EMAILS, "Moodle: 'Email address'"),
        (PARTICIPANTS, Student("Ada Lovelace"), EMAILS, "'First name Last name' the name"),
        (GRADESCOPE, Student("ada@x.org"), ("s1", "s2"), "Gradescope: 'SID' is the student"),
        (GRADESCOPE, Student("ada"), ("s1", "s2"), "'First Name Last Name' the name"),
        (CLASSROOM, Student("homework-1-countess"), EMAILS, "Classroom: 'identifier'"),
    ],
)
def test_exports_are_recognised(
    roster: Path, content: str, handed_in: Student, ids: tuple[str, ...], told: str
) -> None:
    """What platforms export is read as it is, and names of files find their student."""
    roster.write_text(content, "utf-8")
    listed = read_roster(roster)

    match = match_students(listed, [handed_in])

    assert tuple(each.name for each in match.students) == ids
    assert (match.unlisted, match.absent) == ((), (ids[1],))
    assert told in listed.description


def test_wide_text_is_read(roster: Path) -> None:
    """Excel's 'Unicode text' is UTF-16 with tabs."""
    roster.write_bytes("student\tname\r\nzo\u00eb\tZo\u00eb\r\n".encode("utf-16"))

    assert [entry.id for entry in read_roster(roster).entries] == ["zo\u00eb"]


def test_columns_can_be_named(roster: Path) -> None:
    """A file that is no known export is read by the columns that are named."""
    roster.write_text("Matrikel,Wer,Post\n1815,Ada,a@x.org\n", "utf-8")
    columns = read_columns(["id=matrikel", "name=Wer", "email=Post"])

    listed = read_roster(roster, columns)

    assert match_students(listed, [ADA]).unlisted == ()
    assert listed.description.endswith("'Matrikel' is the student, 'Wer' the name.")


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        (["number=a"], "`--roster-columns number=a` does not fit. Write id=COLUMN"),
        (["id"], "`--roster-columns id` does not fit"),
        (["name=Wer"], "names no id. Add id=COLUMN"),
        (["id=Nummer"], "no column 'nummer'. Its columns are: Matrikel, Wer"),
    ],
)
def test_wrong_columns_are_refused(roster: Path, pairs: list[str], message: str) -> None:
    """A column that is not there, and a role that nobody knows, have their sentence."""
    roster.write_text("Matrikel,Wer\n1815,Ada\n", "utf-8")

    with pytest.raises(UsageError, match=message):
        read_roster(roster, read_columns(pairs))


def test_unmatched_names_are_told(roster: Path) -> None:
    """Both sides are named, and the nearest on the other side."""
    roster.write_text("student,name\nada.lovelace,Ada Lovelace\ngrace,Grace Hopper\n", "utf-8")

    match = match_students(read_roster(roster), [Student("ada lovlace"), Student("x")])

    assert list(match.describe()) == [
        "'ada lovlace' is not on the roster. The nearest without a submission: 'ada.lovelace'.",
        "On the roster, without a submission: 'ada.lovelace', 'grace'.",
    ]
