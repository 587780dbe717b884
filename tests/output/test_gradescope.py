"""Gradescope's `results.json`: what it shows to whom, and when it has no score."""

import json
from pathlib import Path
from typing import Any

import pytest

from dojo.model.reports import Finding, Outcome
from dojo.output.documents import render_gradescope
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
    assert (ungraded.problem or "The grader has an error.") in document["output"]


def test_hidden_results_are_not_counted() -> None:
    """The text that everybody sees at once does not tell how hidden criteria went."""
    document = read(make_result("Ana", make_report(make_criterion(), make_failed())))

    assert document["output"] == "07_library: Lend books"


def test_obstacle_is_told_at_once() -> None:
    """Why nothing could be checked is seen without waiting for the grades."""
    crash = Finding(kind="import", seen="The import of the app raises NameError")
    errors = [make_criterion(Outcome.ERROR, crash, name=f"test_part_{n}_is_there") for n in (1, 2)]
    document = read(make_result("Ana", make_report(*errors)))

    assert (
        "Nothing could be checked.\nSeen: The import of the app raises NameError"
        in document["output"]
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


def test_document_tells_whole_result() -> None:
    """Every key that Gradescope reads has its value, and the points of all katas are added up."""
    report = make_report(make_criterion(points=2))
    other = make_result("Ana", report).model_copy(update={"kata": "08_torch"})
    document = read(make_result("Ana", report), other)

    assert document.pop("tests") == [
        {
            "name": "Shelf is shown.",
            "number": "07.1.1",
            "status": "passed",
            "output": "",
            "output_format": "text",
            "visibility": visibility,
            "score": 2,
            "max_score": 2,
        }
        for visibility in ("visible", "after_published")
    ]
    assert document.pop("extra_data")["katas"].keys() == {"07_library", "08_torch"}
    assert document == {
        "output": "07_library: Lend books\n\n08_torch: Lend books",
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "score": 4,
    }


def test_notices_are_told_at_once() -> None:
    """What was noticed about a submission stands below its kata, each in a line."""
    report = make_report(make_criterion()).model_copy(update={"notices": ("One.", "Two.")})
    document = read(make_result("Ana", report))

    assert document["output"] == "07_library: Lend books\nNote: One.\nNote: Two."


def test_blocked_test_names_its_reason() -> None:
    """A criterion that waits for another says for which."""
    blocked = make_criterion(Outcome.BLOCKED, name="test_b", waits_for="test_shelf_is_full")
    document = read(make_result("Ana", make_report(make_failed(), blocked)))

    assert document["tests"][1]["output"] == "BLOCKED\nWaits for: Shelf is full."
    assert document["tests"][1]["status"] == "failed"


def test_missing_kata_counts_nothing() -> None:
    """A kata that was not handed in takes no score from the others."""
    document = read(make_result("Ana", make_report(make_criterion())), make_result("Ana"))

    assert document["score"] == 1
    assert document["output"].endswith("\nNothing was handed in for this kata.")


def test_ungraded_keeps_its_status() -> None:
    """Of what was not graded only the status is known."""
    document = read(make_result("Ana"))

    assert document["extra_data"] == {"katas": {"07_library": {"status": "missing"}}}
    assert document["tests"] == []
