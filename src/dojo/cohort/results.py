"""Results: what became of one submission of a cohort; they are read back and rendered elsewhere.

A submission that cannot be graded, or that the grader failed on, has no points: not zero.
"""

from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict, Field, computed_field

from ..reports import Report, ReportModel, SafeText, Status


class ResultStatus(StrEnum):
    """How it ended for one student and one kata."""

    PASSED = "passed"
    NOT_PASSED = "not_passed"
    NOT_GRADABLE = "not_gradable"
    MISSING = "missing"
    GRADER_FAULT = "grader_fault"


class Result(ReportModel):
    """One student's result for one kata; what it computes is not read back."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    schema_version: Literal[1] = 1
    student: SafeText = Field(description="The student as the instructor calls them.")
    kata: str
    title: str
    source: SafeText = Field(default="", description="The folder or archive; none when missing.")
    problem: SafeText = Field(default="", description="Why it could not be read or graded.")
    submission_digest: str = Field(
        default="", description="SHA-256 over what was handed in; empty where it was not readable."
    )
    report: Report | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def status(self) -> ResultStatus:
        """Tell how it ended."""
        if self.report is None:
            return ResultStatus.NOT_GRADABLE if self.source else ResultStatus.MISSING
        return ResultStatus(Status(self.report.status).value)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def points(self) -> float | None:
        """Give the points that were earned; none where nothing was graded."""
        graded = self.status in (ResultStatus.PASSED, ResultStatus.NOT_PASSED)
        return self.report.points if graded and self.report is not None else None
