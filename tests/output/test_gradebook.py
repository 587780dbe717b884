"""The gradebook opens in a spreadsheet as it is meant, whatever students are called."""

import csv
from pathlib import Path

import pytest

from dojo.model.reports import Outcome
from dojo.output.documents import defuse
from dojo.runner.cohort_records import Result

from ..output.samples import make_criterion, make_report
from .cohorts import make_fault, make_kata, make_result, make_run, write_cohort

PASSED = make_criterion(points=2.0)
FAILED = make_criterion(Outcome.FAILED, name="test_shelf_is_full")


def read_lines(folder: Path, *results: Result) -> list[dict[str, str]]:
    """Write the gradebook of these results and read it as a program would."""
    run = make_run(make_kata([PASSED, FAILED]))
    path = write_cohort(folder, run, results) / "grades.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_line_tells_whole_result(tmp_path: Path) -> None:
    """A line has what was earned, in all and for each criterion, and what it depends on."""
    (line,) = read_lines(tmp_path, make_result("Ana", make_report(PASSED, FAILED)))

    assert line == {
        "student": "Ana",
        "kata": "07_library",
        "status": "not_passed",
        "points": "2",
        "possible points": "3",
        "isolation mode": "basic",
        "seed": "5e",
        "grader digest": "a1",
        "problem": "",
        "earned points": "2",
        "days late": "0",
        "adjustments": "",
        "07_library: test_shelf_is_shown": "2",
        "07_library: test_shelf_is_full": "0",
    }


@pytest.mark.parametrize(
    "result",
    [
        make_fault("Ana"),
        make_result("Ana"),
        make_result("Ana", source="ana.rar", problem="It is no archive."),
    ],
    ids=lambda result: result.status.value,
)
def test_ungraded_has_no_zero(tmp_path: Path, result: Result) -> None:
    """A fault, a missing submission and one that cannot be graded leave the points empty."""
    (line,) = read_lines(tmp_path, result)

    assert line["points"] == line["07_library: test_shelf_is_shown"] == ""
    assert line["status"] == result.status
    assert line["problem"]


def test_students_stand_in_order(tmp_path: Path) -> None:
    """Lines are sorted by name, accents and case aside."""
    names = ["zoe", "Émile", "Bo", "eva"]
    lines = read_lines(tmp_path, *(make_result(name) for name in names))

    assert [line["student"] for line in lines] == ["Bo", "Émile", "eva", "zoe"]


def test_excel_knows_encoding(tmp_path: Path) -> None:
    """The file starts with the mark for UTF-8, and its lines end as spreadsheets write them."""
    read_lines(tmp_path, make_result("Zoë"))
    content = (tmp_path / "grades.csv").read_bytes()

    assert content.startswith(b"\xef\xbb\xbfstudent,")
    assert content.count(b"\r\n") == content.count(b"\n") == 2


@pytest.mark.parametrize("sign", list("=+-@−＝＋－＠﹦﹢﹣﹫"))
@pytest.mark.parametrize("before", ["", " ", "\t", "\r", "a;", "a\t", "a\n", 'a"'])
def test_formula_becomes_text(sign: str, before: str) -> None:
    """An apostrophe stands before each sign that may start a cell, also where others split it."""
    defused = defuse(f"{before}{sign}1+1")

    assert "'" in defused
    assert defused.replace("'", "") == f"{before}{sign}1+1"


@pytest.mark.parametrize("name", ["Anne-Marie", "a=b", "o'neill", "x+y@example.org", "-", "=1"])
def test_hostile_names_reach_no_cell(tmp_path: Path, name: str) -> None:
    """No cell of a written file starts a formula; ordinary names stay what they are."""
    (line,) = read_lines(tmp_path, make_result(name))

    assert line["student"] == (f"'{name}" if name[0] in "=-" else name)


@pytest.mark.parametrize(
    ("cell", "defused"),
    [
        ("=1+1", "'=1+1"),
        ("a;=1+1", "a;'=1+1"),
        ("a, -1", "a,' -1"),
        ("a\n@sum", "a\n'@sum"),
        ("a;=b|+c", "a;'=b|'+c"),
        ("Anne-Marie; b=c", "Anne-Marie; b=c"),
    ],
)
def test_apostrophe_stands_before_sign(cell: str, defused: str) -> None:
    """The apostrophe stands where a formula would start, also in the middle of a cell."""
    assert defuse(cell) == defused


def test_every_cell_is_defused(tmp_path: Path) -> None:
    """No name, reason or heading that somebody else chose starts a formula."""
    formula = "a;=1+1"
    kata = make_kata([PASSED]).model_copy(update={"id": formula})
    run = make_run(kata).model_copy(update={"seed": formula})
    result = make_result(formula, source="a.rar", problem=formula)
    result = result.model_copy(update={"kata": formula})
    with (write_cohort(tmp_path, run, [result]) / "grades.csv").open(encoding="utf-8-sig") as file:
        header, line = csv.reader(file)

    harmless = "a;'=1+1"
    assert header[-1] == f"{harmless}: test_shelf_is_shown"
    assert [line[0], line[1], line[6], line[8]] == [harmless] * 4
