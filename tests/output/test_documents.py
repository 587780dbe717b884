"""Reports for programs: JSON and JUnit XML that every parser reads."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from dojo.model.reports import Fault, Finding, Line, Outcome, Report, ReportList
from dojo.output.documents import render_json, render_junit, write_document

from .samples import HOSTILE, make_criterion, make_failed, make_report


def read_suite(report: Report) -> ElementTree.Element:
    """Write a report as JUnit XML and give its one suite."""
    (suite,) = ElementTree.fromstring(render_junit([report]))
    return suite


def test_junit_counts_outcomes() -> None:
    """Failed, error and blocked criteria are failures, errors and skipped cases."""
    crash = Finding(kind="crash", seen="The app's process ended.")
    suite = read_suite(
        make_report(
            make_criterion(),
            make_failed(),
            make_criterion(Outcome.ERROR, crash),
            make_criterion(Outcome.BLOCKED, waits_for="test_shelf_is_full"),
        )
    )

    assert suite.attrib == {
        "name": "07_library",
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    assert [[child.tag for child in case] for case in suite] == [
        [],
        ["failure"],
        ["error"],
        ["skipped"],
    ]


def test_junit_says_what_driver_is_needed_for() -> None:
    """A criterion that no server can be asked for is skipped, with the reason, and no error."""
    need = Finding(kind="driver", seen="Not checked: this needs a client.")
    suite = read_suite(make_report(make_criterion(Outcome.BLOCKED, need)))

    (case,) = suite.iter("testcase")
    assert [(child.tag, child.get("message")) for child in case] == [("skipped", need.seen)]


def test_junit_tells_whole_finding() -> None:
    """A failure holds what was done, expected and seen, and where; parts without text are left."""
    where = Line(file="app/main.py", line=12, function="read_shelf", code="return []")
    suite = read_suite(make_report(make_failed(did=["curl"], expected="status 200", where=[where])))

    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.text == (
        "Did: curl\nExpected: status 200\nSeen: status 404 Not Found\n"
        "Where: app/main.py:12, in read_shelf\n    return []"
    )


def test_junit_survives_hostile_text() -> None:
    """Control characters, lone surrogates and `]]>` leave the document well-formed."""
    suite = read_suite(make_report(make_failed(seen=HOSTILE, output=HOSTILE, did=[HOSTILE])))

    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.text is not None
    assert "]]> <&\"' " in failure.text


def test_junit_reports_fault_as_error() -> None:
    """A grader fault is an error of the grader, and no case of the learner's."""
    fault = Fault(message="The grader has an error.", details="KeyError: 'reason'")
    suite = read_suite(make_report().model_copy(update={"fault": fault}))

    error = suite.find("testcase[@name='grader']/error")
    assert error is not None
    assert (suite.attrib["errors"], error.text) == ("1", "KeyError: 'reason'")


def test_junit_is_declared_as_utf8() -> None:
    """The declaration names the encoding in which documents are written, whatever the locale."""
    assert render_junit([]).startswith("<?xml version='1.0' encoding='utf-8'?>\n")


def test_documents_hold_all_katas() -> None:
    """One call gives one document, with a report for each kata."""
    reports = [make_report(make_criterion()), make_report(make_failed())]

    assert len(ReportList.model_validate_json(render_json(reports)).reports) == 2
    assert len(ElementTree.fromstring(render_junit(reports))) == 2


def test_dash_writes_to_output(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The target `-` is standard output, any other one a file."""
    write_document("एक\n", "-")
    write_document("two\n", str(tmp_path / "report.json"))

    assert capsys.readouterr().out == "एक\n"
    assert (tmp_path / "report.json").read_text("utf-8") == "two\n"
