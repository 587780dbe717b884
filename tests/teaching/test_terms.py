"""A term names cohorts and assignments; what does not fit is refused before anything is graded."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dojo.model.errors import UsageError
from dojo.teaching.terms import Term, read_late_policy, read_time

TERM = """
name = "Web services"

[late]
percent_a_day = 10

[[cohort]]
name = "group-a"
roster = "rosters/a.csv"

[[cohort]]
name = "group-b"

[[assignment]]
name = "week-1"
katas = ["03"]
due = 2026-10-05T22:00:00Z
extensions = "extensions.csv"

[[assignment]]
name = "week-2"
katas = ["36"]
submissions = "in/{cohort}"
late = {percent_a_day = 50}
"""


def write_term(folder: Path, text: str = TERM) -> Path:
    """Write a term, with the extensions of its first week."""
    (folder / "extensions.csv").write_text("student,due\nbo,2026-10-12T22:00:00Z\n")
    path = folder / "term.toml"
    path.write_text(text)
    return path


def test_gradings_are_listed(tmp_path: Path) -> None:
    """Each assignment of each cohort has its folders and its rules."""
    gradings = list(Term.read(write_term(tmp_path)).list_gradings())

    assert [each.title for each in gradings] == [
        "week-1, group-a",
        "week-1, group-b",
        "week-2, group-a",
        "week-2, group-b",
    ]
    assert gradings[0].submissions == tmp_path / "submissions" / "week-1" / "group-a"
    assert gradings[3].submissions == tmp_path / "in" / "group-b"
    assert gradings[0].roster == tmp_path / "rosters" / "a.csv"
    assert gradings[0].results == tmp_path / "graded" / "week-1" / "group-a"
    assert gradings[0].marking.extensions == {"bo": datetime(2026, 10, 12, 22, tzinfo=UTC)}
    assert [each.marking.late.percent_a_day for each in gradings] == [10, 10, 50, 50]


def test_what_is_not_due_is_told(tmp_path: Path) -> None:
    """Before its deadline, or without hand-ins, an assignment waits."""
    first, *_, last = Term.read(write_term(tmp_path)).list_gradings()
    last.submissions.mkdir(parents=True)

    assert first.find_obstacle(datetime(2026, 10, 1, tzinfo=UTC)).startswith("due on 2026-10-05")
    assert "no '" in first.find_obstacle(datetime(2026, 10, 6, tzinfo=UTC))
    assert last.find_obstacle(datetime(2026, 10, 1, tzinfo=UTC)) == ""


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('katas = ["03"]', "katas = []", "assignment.1.katas"),
        ('name = "group-b"', 'name = "group-a"', "'group-a' is named twice"),
        ("due = 2026-10-05T22:00:00Z", "due = 2026-10-05", "assignment.1.due"),
        ("percent_a_day = 10", "percent = 10", "late.percent"),
        ('name = "Web services"', "name = ", "cannot be read"),
    ],
)
def test_mistake_is_named(tmp_path: Path, before: str, after: str, told: str) -> None:
    """The message says where in the file the mistake is."""
    with pytest.raises(UsageError, match=told):
        Term.read(write_term(tmp_path, TERM.replace(before, after)))


def test_time_needs_an_offset() -> None:
    """Midnight is another moment in another place."""
    assert read_time("2026-10-05T23:59:00+02:00", "`--due`").utcoffset() is not None
    with pytest.raises(UsageError, match="offset from UTC"):
        read_time("2026-10-05 23:59", "`--due`")


def test_policy_is_read_from_words() -> None:
    """A single run says its policy on the command line."""
    policy = read_late_policy(["percent=10", "cap=50"])

    assert (policy.percent_a_day, policy.cap_percent, policy.grace_minutes) == (10, 50, 0)
    for words in (["10"], ["percent=ten"]):
        with pytest.raises(UsageError, match="--late"):
            read_late_policy(words)
