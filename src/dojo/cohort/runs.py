"""Runs: what all results of one grading of a cohort have in common; it is kept as `run.json`.

Two results may be compared where their runs agree on all that is said here.
"""

import hashlib
import re
import unicodedata
from typing import Literal

from pydantic import AwareDatetime, Field

from ..reports import ReportModel, SafeText
from ..submissions.file_trees import DEVICES

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
    unlisted: tuple[SafeText, ...] = Field(
        default=(), description="Students who handed in and are not on the roster."
    )
    students: int = Field(description="Students with a submission or on the roster.")
    started: AwareDatetime


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
