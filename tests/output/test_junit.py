"""JUnit XML of a cohort: a suite for each student and kata, whatever became of it."""

from pathlib import Path
from xml.etree import ElementTree

from dojo.model.reports import Outcome
from dojo.runner.cohort_records import Result

from ..output.samples import HOSTILE, make_criterion, make_failed, make_report
from .cohorts import make_fault, make_kata, make_result, make_run, write_cohort


def read_suites(folder: Path, *results: Result) -> list[ElementTree.Element]:
    """Write the document of these results and give its suites."""
    write_cohort(folder, make_run(make_kata([make_criterion()])), results)
    return list(ElementTree.parse(folder / "junit.xml").getroot())


def test_suite_names_student_and_kata(tmp_path: Path) -> None:
    """Each result is a suite with a case for each criterion."""
    blocked = make_criterion(Outcome.BLOCKED, waits_for="test_shelf_is_full")
    report = make_report(make_criterion(), make_failed(), blocked)
    (suite,) = read_suites(tmp_path, make_result("Ana", report))

    assert suite.attrib == {
        "name": "Ana: 07_library",
        "tests": "3",
        "failures": "1",
        "errors": "0",
        "skipped": "1",
    }
    assert len(suite) == 3


def test_missing_submission_is_skipped(tmp_path: Path) -> None:
    """Who handed in nothing has one skipped case."""
    (suite,) = read_suites(tmp_path, make_result("Ana"))

    assert (suite.get("tests"), suite.get("skipped")) == ("1", "1")
    assert suite.find("testcase/skipped") is not None


def test_what_nobody_graded_is_error(tmp_path: Path) -> None:
    """Neither a fault nor a submission that cannot be read counts as a failure of the student."""
    unread = make_result("Bo", source="bo.rar", problem="'bo.rar' is no archive.")
    suites = read_suites(tmp_path, make_fault("Ana"), unread)

    assert [each.get("failures") for each in suites] == ["0", "0"]
    assert [each.get("errors") for each in suites] == ["1", "1"]
    error = suites[1].find("testcase/error")
    assert error is not None
    assert error.get("message") == "'bo.rar' is no archive."


def test_hostile_text_stays_well_formed(tmp_path: Path) -> None:
    """Names, sources and findings with markup and control characters are read back as text."""
    hostile = make_result(HOSTILE, make_report(make_failed(seen=HOSTILE)))
    suites = read_suites(tmp_path, hostile, make_result("Bo", source="b", problem=HOSTILE))

    assert suites[0].get("name") == f"{hostile.student}: 07_library"
