"""The records of a cohort: what a run was made with, and each result as soon as it is known.

Two results may be compared where their runs agree. A submission that cannot be graded, or that the
grader failed on, has no points: not zero. Every file is replaced in one step, so that a run that is
killed at any moment leaves only whole ones.
"""

import contextlib
import hashlib
import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, ConfigDict, Field, ValidationError, computed_field

from ..model.errors import UsageError, WorkspaceError
from ..model.file_trees import DEVICES
from ..model.files import lock, write
from ..model.marking import Marking
from ..model.reports import Report, ReportModel, SafeText, Status
from .attempts import AttemptRule, ChosenAttempt


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
    submitted: AwareDatetime | None = Field(
        default=None,
        description="When it was handed in, in UTC: as the learning platform says, or else when"
        " the newest file in it was changed; none where neither can be known.",
    )
    marked_late: bool = Field(
        default=False, description="Whether the learning platform has marked it as late."
    )
    attempt: ChosenAttempt | None = Field(
        default=None, description="Which attempt it is; none where there is one at most."
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


SETTINGS = {
    "seed": "seed",
    "isolation": "isolation",
    "dojo": "version of dojo",
    "fastapi": "version of FastAPI",
    "python": "version of Python",
    "lock_digest": "locked packages",
}
"""What the verdicts of a run depend on besides graders and submissions, and how it is called."""

_PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_LONGEST_STEM = 40


class RunCriterion(ReportModel):
    """One criterion of a kata, as the run's graders have it."""

    name: str
    sentence: str
    task: int
    possible_points: float


class RunKata(ReportModel):
    """One kata of a run: what can be earned, and which grader decides it."""

    id: str
    title: str
    possible_points: float
    criteria: tuple[RunCriterion, ...]
    public: tuple[str, ...] = Field(
        default=(), description="Names of the criteria that students can check themselves."
    )
    grader_digest: str


class Run(ReportModel):
    """One grading of a cohort: every result in its folder was made with exactly this."""

    schema_version: Literal[1] = 1
    name: SafeText = Field(description="What the instructor calls the cohort.")
    katas: tuple[RunKata, ...]
    seed: SafeText = Field(description="Everybody's inputs are drawn from it.")
    isolation: Literal["full", "no-bwrap", "basic"]
    dojo: str
    fastapi: str
    python: str
    platform: str
    lock_digest: str = Field(description="SHA-256 of the lock; empty without one.")
    submissions: SafeText = Field(description="The folder or list that was graded.")
    roster: SafeText = Field(default="", description="The roster; empty without one.")
    roster_columns: tuple[SafeText, ...] = Field(
        default=(), description="The columns of the roster that were named, as ROLE=COLUMN."
    )
    unlisted: tuple[SafeText, ...] = Field(
        default=(), description="Students who handed in and are not on the roster."
    )
    attempt: AttemptRule = Field(
        default=AttemptRule.LATEST, description="Which attempt counts where there are several."
    )
    students: int = Field(description="Students with a submission or on the roster.")
    started: AwareDatetime
    marking: Marking = Field(default=Marking(), description="What the results count for.")


def name_folder(student: str) -> str:
    """Name the folder of a student: plain ASCII, another one for every other name.

    It depends on the name alone, so a run that is resumed finds it again. Names that differ only
    in case or in Unicode form differ in the digest at its end.
    """
    if _PLAIN_NAME.fullmatch(student) and student.upper() not in DEVICES:
        return student
    plain = unicodedata.normalize("NFKD", student).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")[:_LONGEST_STEM]
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{stem or 'student'}-{digest}"


class RunStopped(Exception):
    """A run cannot go on now; what is graded is kept. The message says why."""


RUN_FILE = "run.json"
LOCK_FILE = "run.lock"


class Records:
    """The run and the results in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def hold_run(self) -> bool:
        """Tell whether a run was begun in the folder."""
        return (self.folder / RUN_FILE).is_file()

    def read_run(self) -> Run:
        """Read the run; `UsageError` if there is none or it cannot be read."""
        try:
            return Run.model_validate_json((self.folder / RUN_FILE).read_bytes())
        except FileNotFoundError:
            raise UsageError(
                f"There is no run in '{self.folder}'. Name a folder that `nox -s grade` has"
                " written."
            ) from None
        except (OSError, ValidationError) as error:
            raise UsageError(f"The run in '{self.folder}' cannot be read: {error}") from None

    def write_run(self, run: Run) -> None:
        """Begin the folder, or bring up to date who is in it."""
        _replace(self.folder / RUN_FILE, run.model_dump_json(indent=2) + "\n")

    def write(self, student: str, kata: str, text: str) -> None:
        """Keep a result, given as JSON."""
        _replace(self._locate(student, kata), text)

    def write_attempt(self, student: str, kata: str, number: int, text: str) -> None:
        """Keep the result of one attempt of several, beside the one that counts."""
        _replace(self._locate_attempt(student, kata, number), text)

    def read_attempt(self, student: str, kata: str, number: int) -> bytes | None:
        """Read the result of one attempt of several as JSON, if there is one."""
        return _read(self._locate_attempt(student, kata, number))

    def read(self, student: str, kata: str) -> Result | None:
        """Read a result, if there is one."""
        text = self.read_text(student, kata)
        return None if text is None else Result.model_validate_json(text)

    def read_text(self, student: str, kata: str) -> bytes | None:
        """Read a result as JSON, if there is one."""
        return _read(self._locate(student, kata))

    def iterate(self) -> Iterator[Result]:
        """Read all results, one after the other, also of students whom nobody asked for."""
        for path in sorted((self.folder / "results").glob("*/*/report.json")):
            yield Result.model_validate_json(path.read_bytes())

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keep every other run out of the folder."""
        try:
            with lock(self.folder / LOCK_FILE, patience=0):
                yield
        except WorkspaceError:
            raise UsageError(
                f"Another run is writing to '{self.folder}'. Wait until it has ended, or name"
                " another folder with `--out`."
            ) from None

    def _locate(self, student: str, kata: str) -> Path:
        return self.folder / "results" / name_folder(student) / kata / "report.json"

    def _locate_attempt(self, student: str, kata: str, number: int) -> Path:
        return self._locate(student, kata).parent / "attempts" / f"{number}.json"


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _replace(path: Path, text: str) -> None:
    """Write a file in one step; one that says the same already is left as it is."""
    if _read(path) == text.encode():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, text)
    except OSError as error:
        raise RunStopped(
            f"Results cannot be written to '{path.parent}': {error.strerror}."
        ) from None
