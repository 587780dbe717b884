"""What five tools deliver is read as it is: who handed in, when, and nothing that nobody did."""

from pathlib import Path

import pytest

from dojo.model.errors import UsageError
from dojo.runner.attempts import Attempt, list_attempts
from dojo.runner.handins import Student, list_students

from .conftest import LAMP
from .deliveries import (
    ADA,
    DELIVERIES,
    GRACE,
    NOON,
    Deliver,
    deliver_to_canvas,
    deliver_to_gradescope,
    upload,
)

NAMES = {
    "Canvas": ["hoppergrace", "lovelaceada"],
    "Moodle": ["Ada Lovelace", "Grace Hopper"],
    "Moodle without folders": ["Ada Lovelace", "Grace Hopper"],
    "Gradescope": ["Ada Lovelace", "Grace Hopper"],
    "GitHub Classroom": ["homework-1-amazing", "homework-1-countess"],
}

each_tool = pytest.mark.parametrize("tool", DELIVERIES)


def read(folder: Path) -> dict[str, Student]:
    """Read a delivery; give its students by name."""
    return {student.name: student for student in list_students(folder)}


def list_titles(student: Student) -> list[str]:
    """List what counts of all that a student handed in, the first attempt first."""
    return [each.path.name for each in list_attempts(student.attempts, LAMP)]


@each_tool
def test_only_students_are_listed(tool: str, tmp_path: Path) -> None:
    """The tool's own files beside the submissions are nobody's."""
    deliver: Deliver = DELIVERIES[tool]

    assert list(read(deliver(tmp_path / "all", [upload(ADA), upload(GRACE)]))) == NAMES[tool]


@each_tool
def test_wrapped_deliveries_are_read(tool: str, tmp_path: Path) -> None:
    """What was downloaded lies in one more folder, as unpacking leaves it."""
    deliver: Deliver = DELIVERIES[tool]
    deliver(tmp_path / "all/export", [upload(ADA), upload(GRACE)])

    assert list(read(tmp_path / "all")) == NAMES[tool]


@each_tool
def test_one_attempt_is_left(tool: str, tmp_path: Path) -> None:
    """What a student typed, or what the tool adds, is no attempt beside a file."""
    deliver: Deliver = DELIVERIES[tool]
    students = read(deliver(tmp_path / "all", [upload(ADA), upload(GRACE)]))

    assert [len(list_titles(each)) for each in students.values()] == [1, 1]


@pytest.mark.parametrize("tool", ["Gradescope", "GitHub Classroom"])
def test_times_of_tools_are_read(tool: str, tmp_path: Path) -> None:
    """Where a tool says when work was handed in, that is taken, in UTC."""
    deliver: Deliver = DELIVERIES[tool]
    for student in read(deliver(tmp_path / "all", [upload(ADA), upload(GRACE)])).values():
        (attempt,) = student.attempts
        assert attempt.submitted is not None
        assert attempt.submitted.replace(microsecond=0) == NOON


def test_late_marks_are_kept(tmp_path: Path) -> None:
    """Canvas marks what came after the deadline."""
    late, punctual = upload(ADA, is_late=True), upload(GRACE)
    students = read(deliver_to_canvas(tmp_path, [late, punctual]))

    assert students["lovelaceada"].attempts[0].marked_late
    assert not students["hoppergrace"].attempts[0].marked_late


def test_anonymous_students_are_told_apart(tmp_path: Path) -> None:
    """Canvas can hide names; then the number that it gave somebody is the name."""
    for name in ("anon_a1B2c_7001_work.zip", "LATE_anon_d3E4f_7002_work.zip"):
        (tmp_path / name).touch()
    students = read(tmp_path)

    assert list(students) == ["anon_a1B2c", "anon_d3E4f"]
    assert students["anon_d3E4f"].attempts[0].marked_late


def test_typed_answers_are_one_students(tmp_path: Path) -> None:
    """What was typed, or linked to, is all that there is for this student."""
    for name in ("lovelaceada_1815_text.html", "hoppergrace_LATE_1906_link.html"):
        (tmp_path / name).touch()

    assert list(read(tmp_path)) == ["hoppergrace", "lovelaceada"]


def test_groups_share_a_submission(tmp_path: Path) -> None:
    """Everybody whom Gradescope names for a submission has handed it in."""
    deliver_to_gradescope(tmp_path, [upload(ADA)])
    metadata = tmp_path / "submission_metadata.yml"
    more = "  :submitters:\n  - :name: Grace Hopper\n    :sid: 1906\n"
    metadata.write_text(metadata.read_text().replace("  :submitters:\n", more))
    students = read(tmp_path)

    assert list(students) == ["Ada Lovelace", "Grace Hopper"]
    assert students["Ada Lovelace"].attempts == students["Grace Hopper"].attempts
    assert students["Grace Hopper"].number == "1906"


def test_lost_folders_are_told(tmp_path: Path) -> None:
    """Whom the metadata names is listed, also where the folder is not there."""
    deliver_to_gradescope(tmp_path, [upload(ADA), upload(GRACE)])
    (tmp_path / "submission_9002/app/main.py").unlink()
    (tmp_path / "submission_9002/app").rmdir()
    (tmp_path / "submission_9002").rmdir()

    assert read(tmp_path)["Grace Hopper"].attempts[0].path.name == "submission_9002"


@pytest.mark.parametrize("text", ["a: [", "- a", "a: 1", "submission_1: {':submitters': 5}"])
def test_broken_metadata_is_refused(text: str, tmp_path: Path) -> None:
    """Metadata that cannot be read is told, with what to do."""
    deliver_to_gradescope(tmp_path, [upload(ADA)])
    (tmp_path / "submission_metadata.yml").write_text(text)
    with pytest.raises(UsageError, match="is not the metadata of an export of Gradescope"):
        list_students(tmp_path)


def test_attempts_of_tools_are_one_students(tmp_path: Path) -> None:
    """Files of several uploads, put into one folder, are attempts of their student."""
    deliver_to_canvas(tmp_path, [upload(ADA, hours=2), upload(ADA, hours=1), upload(GRACE)])
    attempts: tuple[Attempt, ...] = read(tmp_path)["lovelaceada"].attempts

    assert sorted(each.title for each in attempts) == ["work", "work-1"]
