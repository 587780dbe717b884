"""Terms: `term.toml` says which cohorts hand in which assignments, until when, and what they count.

Paths in it are relative to its folder. Nothing is graded here.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from ..model.errors import UsageError
from ..model.marking import LatePolicy, Marking
from ..runner.attempts import AttemptRule
from ..runner.tables import read_table
from .overrides import describe_mistake

TERM_FILE = "term.toml"

_NAME = r"^[\w][\w .-]*$"
_WHEN: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


class Cohort(BaseModel):
    """One group of students."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=_NAME)
    roster: Path | None = None
    roster_columns: tuple[str, ...] = ()


class Assignment(BaseModel):
    """What is handed in together; `submissions` may hold `{cohort}` and `{assignment}`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=_NAME)
    katas: tuple[str, ...] = Field(min_length=1)
    submissions: str = "submissions/{assignment}/{cohort}"
    attempt: AttemptRule | None = None
    due: AwareDatetime | None = None
    extensions: Path | None = None
    late: LatePolicy | None = None
    points: dict[str, float] = {}
    bonus: tuple[str, ...] = ()


class TermFile(BaseModel):
    """The contents of a `term.toml`; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "Term"
    results: Path = Path("graded")
    late: LatePolicy = LatePolicy()
    cohort: tuple[Cohort, ...] = Field(min_length=1)
    assignment: tuple[Assignment, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        for kind in (self.cohort, self.assignment):
            names = [each.name for each in kind]
            if doubled := next((each for each in names if names.count(each) > 1), None):
                raise ValueError(f"'{doubled}' is named twice")
        return self


@dataclass(frozen=True)
class Grading:
    """One assignment of one cohort: what `nox -s grade` grades, and where the results go."""

    assignment: Assignment
    cohort: Cohort
    submissions: Path
    roster: Path | None
    results: Path
    marking: Marking

    @property
    def title(self) -> str:
        """Call it by both names."""
        return f"{self.assignment.name}, {self.cohort.name}"

    def find_obstacle(self, now: datetime) -> str:
        """Say why it is not to be graded now; nothing where it is."""
        due = self.marking.due
        if due is not None and now < due:
            return f"due on {due:%Y-%m-%d %H:%M %Z}"
        if not self.submissions.exists():
            return f"there is no '{self.submissions}' yet"
        return ""


class Term:
    """A term and the folder that it is in."""

    def __init__(self, file: TermFile, folder: Path) -> None:
        self.file = file
        self.folder = folder

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a `term.toml`; `UsageError` if it is not there or does not fit."""
        try:
            file = TermFile.model_validate(tomllib.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            raise UsageError(
                f"There is no '{path}'. Name the submissions: `nox -s grade -- SUBMISSIONS`, or"
                " describe a term in this file; docs/instructors.md shows one."
            ) from None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UsageError(f"'{path}' cannot be read: {error}") from None
        except ValidationError as error:
            raise UsageError(f"'{path}' does not fit: {describe_mistake(error)}") from None
        return cls(file, path.parent)

    def list_gradings(self) -> Iterator[Grading]:
        """List every assignment of every cohort, in the order of the file."""
        for assignment in self.file.assignment:
            extensions = assignment.extensions
            marking = Marking(
                due=assignment.due,
                extensions=read_extensions(self.folder / extensions) if extensions else {},
                late=assignment.late or self.file.late,
                points=assignment.points,
                bonus=assignment.bonus,
            )
            for cohort in self.file.cohort:
                names = {"assignment": assignment.name, "cohort": cohort.name}
                yield Grading(
                    assignment,
                    cohort,
                    self.folder / _fill(assignment.submissions, names),
                    self.folder / cohort.roster if cohort.roster else None,
                    self.folder / self.file.results / assignment.name / cohort.name,
                    marking,
                )


def _fill(text: str, names: Mapping[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def read_extensions(path: Path) -> dict[str, datetime]:
    """Read the deadlines of single students from a CSV file with `student` and `due`."""
    return {
        row["student"]: read_time(row["due"], f"'{path}' for '{row['student']}'")
        for row in read_table(path, ("student", "due"))
    }


def read_time(text: str, where: str) -> datetime:
    """Read a date and time with its offset from UTC; `UsageError` names where it stands."""
    try:
        return _WHEN.validate_python(text)
    except ValidationError:
        raise UsageError(
            f"{where} has the time '{text}'. Write date, time and offset from UTC, such as"
            " '2026-10-05T23:59:00+02:00'."
        ) from None


_LATE = {"grace": "grace_minutes", "percent": "percent_a_day", "cap": "cap_percent"}


def read_late_policy(pairs: Sequence[str]) -> LatePolicy:
    """Read a policy given as `percent=10 grace=15 cap=50`; `UsageError` for anything else."""
    values = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name not in _LATE:
            raise UsageError(
                f"`--late {pair}` does not fit. Write percent=NUMBER, and perhaps grace=MINUTES and"
                " cap=PERCENT."
            )
        values[_LATE[name]] = value
    try:
        return LatePolicy.model_validate(values)
    except ValidationError as error:
        raise UsageError(f"`--late` does not fit: {describe_mistake(error)}") from None
