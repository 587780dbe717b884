"""What became of a submission can be told apart, and never costs points by mistake."""

import pytest

from dojo.model.reports import Environment, Fault, Report
from dojo.runner.cohort_records import Result, ResultStatus


def make_report(*, fault: Fault | None = None) -> Report:
    """Make a report without criteria."""
    environment = Environment(
        dojo="1", python="3", fastapi="0", platform="Linux", isolation="basic",
        grader_digest="a", submission_digest="b",
    )  # fmt: skip
    return Report(
        kata="01_first_api", title="T", seed="1", criteria=(), fault=fault, environment=environment
    )


@pytest.mark.parametrize(
    ("source", "report", "status"),
    [
        ("ada", make_report(), ResultStatus.NOT_PASSED),
        ("ada", make_report(fault=Fault(message="Ours.")), ResultStatus.GRADER_FAULT),
        ("ada.zip", None, ResultStatus.NOT_GRADABLE),
        ("", None, ResultStatus.MISSING),
    ],
)
def test_endings_are_told_apart(source: str, report: Report | None, status: ResultStatus) -> None:
    """Not gradable, missing and faulty are three things, none of them failed."""
    result = Result(student="Ada", kata="01_first_api", title="T", source=source, report=report)

    assert result.status is status


def test_faults_have_no_points() -> None:
    """A grader fault is no zero."""
    report = make_report(fault=Fault(message="Ours."))
    result = Result(student="Ada", kata="01_first_api", title="T", source="ada", report=report)

    assert result.points is None


def test_results_are_read_back() -> None:
    """Written as JSON and read again, a result is the same."""
    result = Result(student="Ada", kata="01_first_api", title="T", source="a", report=make_report())

    assert Result.model_validate_json(result.model_dump_json()) == result
