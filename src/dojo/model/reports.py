"""Reports: the one result model from which every output is rendered.

It holds what a person or a program may be told and computes no verdict of its own: `grading` fills
it in. Text that came from a submission is made harmless here, once, for every renderer.
"""

import unicodedata
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, computed_field

SCHEMA_VERSION: Literal[1] = 1

LONGEST_TEXT = 4000
"""Characters of one text in a report; the rest is cut with a mark."""

_CUT = "… (cut)"
_HARMLESS = "\n\t"
_HARMFUL = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_NO_XML = "\ufffe\uffff"


def make_harmless(text: str) -> str:
    """Make control, formatting and bidirectional characters visible, and cut what is too long.

    Done twice, it changes nothing more: a report that is read back is the same.
    """
    if len(text) <= LONGEST_TEXT and text.isascii() and text.replace("\n", "").isprintable():
        return text
    shown = "".join(map(_show, text[: LONGEST_TEXT + 1]))
    return shown if len(shown) <= LONGEST_TEXT else shown[:LONGEST_TEXT] + _CUT


def _show(character: str) -> str:
    if character in _HARMLESS:
        return character
    if unicodedata.category(character) in _HARMFUL or character in _NO_XML:
        return character.encode("unicode_escape").decode()
    return character


SafeText = Annotated[str, BeforeValidator(make_harmless)]


class Outcome(StrEnum):
    """How one criterion ended."""

    PASSED = "passed"
    FAILED = "failed"
    BLOCKED = "blocked"
    ERROR = "error"


class Status(StrEnum):
    """How a whole run ended."""

    PASSED = "passed"
    PUBLIC_PASSED = "public_passed"
    NOT_PASSED = "not_passed"
    GRADER_FAULT = "grader_fault"


class ReportModel(BaseModel):
    """Base of all parts of a report: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


FindingKind = Literal[
    "behaviour", "import", "crash", "hang", "protocol", "startup", "limit", "driver"
]


class Line(ReportModel):
    """A line of the submission's own code."""

    file: SafeText
    line: int
    function: SafeText = ""
    code: SafeText = ""


class Finding(ReportModel):
    """Why a criterion is not passed: what was done, expected and seen, and where.

    The kind `driver` is no fault of anybody's: the criterion could not be checked over a server.
    """

    kind: FindingKind
    did: tuple[SafeText, ...] = ()
    expected: SafeText = ""
    seen: SafeText
    because: SafeText = ""
    where: tuple[Line, ...] = ()
    output: SafeText = Field(default="", description="What the submission printed and logged.")


class CriterionResult(ReportModel):
    """One criterion and how it ended."""

    name: str
    sentence: str = Field(description="The behaviour that is graded, as the learner reads it.")
    task: int = Field(description="The number of the README's task that it belongs to.")
    task_title: str = Field(default="", description="The heading of that task.")
    outcome: Outcome
    points: float
    possible_points: float
    finding: Finding | None = None
    waits_for: str | None = Field(default=None, description="The criterion that has to pass first.")


class Fault(ReportModel):
    """A fault of the grader: never the learner's, costs nothing."""

    message: str
    details: SafeText = ""


class Environment(ReportModel):
    """What a verdict depends on besides the submission."""

    dojo: str
    python: str
    fastapi: str
    platform: str
    isolation: Literal["full", "no-bwrap", "basic"]
    grader_digest: str
    submission_digest: str


class Report(ReportModel):
    """The result of grading one submission of one kata; what it computes is not read back."""

    model_config = ConfigDict(extra="ignore")

    schema_version: Literal[1] = SCHEMA_VERSION
    kata: str
    title: str
    seed: SafeText = Field(description="Give it with --seed to repeat this run.")
    criteria: tuple[CriterionResult, ...]
    hidden: int | None = Field(
        default=None, description="In a handout, how many criteria only the instructor grades."
    )
    server: bool = Field(
        default=False, description="Whether uvicorn ran the app: then this is not a grade."
    )
    notices: tuple[SafeText, ...] = ()
    fault: Fault | None = None
    environment: Environment

    @computed_field  # type: ignore[prop-decorator]
    @property
    def status(self) -> Status:
        """Tell how the run ended; without a single criterion nothing can have passed."""
        if self.fault is not None:
            return Status.GRADER_FAULT
        passed = [each.outcome is Outcome.PASSED for each in self.criteria]
        if not passed or not all(passed):
            return Status.NOT_PASSED
        return Status.PASSED if self.hidden is None else Status.PUBLIC_PASSED

    @computed_field  # type: ignore[prop-decorator]
    @property
    def points(self) -> float:
        """Sum the points that were earned; a grader fault earns and costs nothing."""
        return sum(each.points for each in self.criteria)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def possible_points(self) -> float:
        """Sum the points that could be earned."""
        return sum(each.possible_points for each in self.criteria)

    def list_open(self) -> list[CriterionResult]:
        """List the criteria that are not passed, those first that a learner mends first.

        A criterion that waits for another comes last. Else it is the grader's order, in which drawn
        traffic, which nearly every mistake fails, stands behind what says more.
        """
        found = [each for each in self.criteria if each.outcome is not Outcome.PASSED]
        return sorted(found, key=lambda each: each.outcome is Outcome.BLOCKED)


class ReportList(ReportModel):
    """The reports of one call, one for each kata."""

    schema_version: Literal[1] = SCHEMA_VERSION
    reports: tuple[Report, ...]
