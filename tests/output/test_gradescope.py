"""Gradescope's `results.json`: what it shows to whom, and when it has no score."""

import json
from pathlib import Path
from typing import Any

import pytest

from dojo.model.reports import Finding, Outcome
from dojo.output.gradebook_files import render_gradescope
from dojo.runner.cohort_records import Result

from ..output.samples import HOSTILE, make_criterion, make_failed, make_report
from .cohorts import make_fault, make_kata, make_result, make_run, write_cohort

PUBLIC = {"07_library": ["test_shelf_is_shown"]}


def read(*results: Result) -> Any:
    """Write the results of one student and read the document."""
    return json.loads(render_gradescope(results, PUBLIC))


def test_test_tells_whole_finding() -> None:
    """A test has the points of its criterion and the same feedback as everywhere."""
    document = read(
        make_result("Ana", make_report(make_criterion(points=2), make_failed(did=["curl"])))
    )

    assert document["score"] == 2
    assert document["tests"][1] == {
        "name": "Shelf is full.",
        "number": "07.1.2",
        "status": "failed",
        "output": "FAILED\nDid: curl\nSeen: status 404 Not Found",
        "output_format": "text",
        "visibility": "after_published",
        "score": 0,
        "max_score": 1,
    }


def test_only_public_criteria_show() -> None:
    """Criteria that are not public wait for the grades; output of the grader never shows."""
    document = read(make_result("Ana", make_report(make_criterion(), make_failed())))

    assert [each["visibility"] for each in document["tests"]] == ["visible", "after_published"]
    assert document["stdout_visibility"] == "hidden"


@pytest.mark.parametrize(
    "ungraded",
    [make_fault("Ana"), make_result("Ana", source="ana.rar", problem="It is no archive.")],
    ids=lambda result: result.status.value,
)
def test_ungraded_has_no_score(ungraded: Result) -> None:
    """One kata without points leaves the student without any score, and says why."""
    graded = make_result("Ana", make_report(make_criterion()))
    document = read(graded, ungraded)

    assert "score" not in document
    assert not any("score" in test for test in document["tests"])
    assert (ungraded.problem or "The grader itself failed.") in document["output"]


def test_hidden_results_are_not_counted() -> None:
    """The text that everybody sees at once does not tell how hidden criteria went."""
    document = read(make_result("Ana", make_report(make_criterion(), make_failed())))

    assert document["output"] == "07_library: Lend books"


def test_obstacle_is_told_at_once() -> None:
    """Why nothing could be checked is seen without waiting for the grades."""
    crash = Finding(kind="import", seen="Importing the app raises NameError")
    errors = [make_criterion(Outcome.ERROR, crash, name=f"test_part_{n}_is_there") for n in (1, 2)]
    document = read(make_result("Ana", make_report(*errors)))

    assert (
        "Nothing could be checked.\nSeen: Importing the app raises NameError" in document["output"]
    )


def test_facts_of_run_are_kept() -> None:
    """Status, seed, isolation and grader are stored with the submission."""
    document = read(make_result("Ana", make_report(make_criterion())))

    assert document["extra_data"]["katas"]["07_library"] == {
        "status": "passed",
        "seed": "5e",
        "isolation": "basic",
        "grader_digest": "a1",
    }


def test_hostile_text_is_json(tmp_path: Path) -> None:
    """Whatever a submission says ends up as text in a file that can be read."""
    result = make_result(HOSTILE, make_report(make_failed(seen=HOSTILE)))
    write_cohort(tmp_path, make_run(make_kata([make_failed()])), [result])
    (path,) = tmp_path.glob("gradescope/*/results.json")

    assert result.report is not None
    finding = result.report.criteria[0].finding
    assert finding is not None
    assert finding.seen in json.loads(path.read_text("utf-8"))["tests"][0]["output"]


def test_missing_student_has_no_file(tmp_path: Path) -> None:
    """Who handed in nothing has nothing that could be uploaded."""
    write_cohort(tmp_path, make_run(make_kata([make_failed()])), [make_result("Ana")])

    assert not list(tmp_path.glob("gradescope/*"))
