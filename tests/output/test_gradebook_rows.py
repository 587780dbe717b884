"""Rows repeat a result and, where it says nothing, its run; tables are read cell by cell."""

from pathlib import Path

import pytest

from dojo.model.errors import UsageError
from dojo.model.reports import Outcome
from dojo.runner.cohort_records import Result, ResultStatus, name_folder
from dojo.runner.tables import read_table
from dojo.teaching.gradebooks import Row, group_rows, make_row, make_sort_key
from dojo.teaching.marks import mark
from dojo.teaching.overrides import Overrides

from ..output.samples import make_criterion, make_report
from .cohorts import make_fault, make_kata, make_result, make_run

PASSED = make_criterion(points=2.0)
FAILED = make_criterion(Outcome.FAILED, name="test_shelf_is_full")
KATA = make_kata([PASSED, FAILED])
RUN = make_run(KATA)


def row_of(result: Result) -> Row:
    """Make the row of a result."""
    return make_row(result, RUN, KATA, mark(result, RUN, Overrides()))


def test_row_repeats_report() -> None:
    """Isolation, seed and digest are those that the report was made with."""
    environment = make_report().environment.model_copy(
        update={"isolation": "full", "grader_digest": "c9"}
    )
    report = make_report(FAILED, PASSED).model_copy(update={"seed": "77"})
    row = row_of(make_result("Zoë", report.model_copy(update={"environment": environment})))

    assert (row.isolation, row.seed, row.grader_digest) == ("full", "77", "c9")
    assert (row.outcomes, row.earned) == ((Outcome.PASSED, Outcome.FAILED), (2.0, 0.0))
    assert (row.status, row.points, row.problem) == (ResultStatus.NOT_PASSED, 2.0, "")
    assert row.folder == name_folder("Zoë")


def test_row_without_report_repeats_run() -> None:
    """What was not graded would have been graded as the others were."""
    row = row_of(make_result("Ana"))

    assert (row.isolation, row.seed, row.grader_digest) == ("basic", "5e", "a1")
    assert (row.outcomes, row.earned, row.points) == ((), (), None)
    assert (row.student, row.kata) == ("Ana", "07_library")


def test_reason_is_said() -> None:
    """A missing, an unreadable and a wrongly graded submission each have their sentence."""
    unread = make_result("Ana", source="a.rar", problem="It is no archive.")
    missing = make_result("Ana", problem="It holds another kata.")

    assert row_of(make_result("Ana")).problem == "Nothing was handed in for this kata."
    assert row_of(missing).problem == "It holds another kata."
    assert row_of(unread).problem == "It is no archive."
    assert "costs no points" in row_of(make_fault("Ana")).problem


def test_half_report_has_no_points() -> None:
    """A report that lacks a criterion of the run gives no cells."""
    assert row_of(make_result("Ana", make_report(PASSED))).earned == ()


def test_rows_are_counted() -> None:
    """Statuses and outcomes are counted, also those that did not occur."""
    results = [make_result("Bo", make_report(PASSED, FAILED)), make_result("Ana")]
    (group,) = group_rows(RUN, [row_of(each) for each in results])

    assert [row.student for row in group.rows] == ["Ana", "Bo"]
    statuses = group.count_statuses()
    assert (statuses[ResultStatus.MISSING], statuses[ResultStatus.NOT_PASSED]) == (1, 1)
    assert statuses.keys() == set(ResultStatus)
    assert group.count_outcomes(1) == {
        Outcome.PASSED: 0,
        Outcome.FAILED: 1,
        Outcome.BLOCKED: 0,
        Outcome.ERROR: 0,
    }


def test_other_katas_stay_apart() -> None:
    """Rows of another kata are not among those of this one."""
    other = make_result("Ana").model_copy(update={"kata": "08_torch"})
    torch = KATA.model_copy(update={"id": "08_torch"})
    run = make_run(KATA, torch)
    pairs = [(make_result("Ana"), KATA), (other, torch)]
    rows = [make_row(each, run, kata, mark(each, run, Overrides())) for each, kata in pairs]

    assert [[row.kata for row in group.rows] for group in group_rows(run, rows)] == [
        ["07_library"],
        ["08_torch"],
    ]


def test_names_sort_by_letters() -> None:
    """Accents and case do not count, but tell equal letters apart."""
    assert make_sort_key("Émile") == ("emile", "Émile")


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"Student, Name \n ada , Ada L \n", [{"student": "ada", "name": "Ada L"}]),
        (b"student;name\nada;a,b\n", [{"student": "ada", "name": "a,b"}]),
        (b'student,name\nada,"a\r\nb"\n', [{"student": "ada", "name": "a\r\nb"}]),
        (b"\n\nstudent,name\nada\n\nbo,B\n", [
            {"student": "ada", "name": ""}, {"student": "bo", "name": "B"},
        ]),
        (b"\xef\xbb\xbfname\tstudent\nA\tada\n", [{"name": "A", "student": "ada"}]),
        (b"student\n", []),
    ],
)  # fmt: skip
def test_cells_are_read(tmp_path: Path, content: bytes, rows: list[dict[str, str]]) -> None:
    """Cells are stripped outside and kept inside; a short line has empty cells."""
    (tmp_path / "a.csv").write_bytes(content)

    assert read_table(tmp_path / "a.csv", ["student"]) == rows


REFUSALS = {
    b"name\nA\n": (
        "'{}' has no column 'student'. Make its first line name the columns: at least"
        " 'student,name'."
    ),
    b"student,name,name\na,b,c\n": "'{}' has the column 'name' twice. Leave one out.",
    b"student,name\n,A\n": "Line 2 of '{}' names no student. Add the student or remove the line.",
    b"student,name\na,\n\na,\n": "'{}' names 'a' in line 2 and in line 4. Remove one.",
    b"student,name\n\xff\n": (
        "'{}' is not text in UTF-8. Save it again as 'CSV UTF-8', or as plain text in UTF-8."
    ),
}


@pytest.mark.parametrize("content", REFUSALS)
def test_refusal_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    """A table that is not as it should be is told with file, line and the next step."""
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError) as raised:
        read_table(path, ["student", "name"])

    assert str(raised.value) == REFUSALS[content].format(path)


def test_absent_table_is_told(tmp_path: Path) -> None:
    """A file that is not there is told with the system's reason."""
    with pytest.raises(UsageError, match=r"cannot be read: No such file or directory. Check"):
        read_table(tmp_path / "none.csv", ["student"])
