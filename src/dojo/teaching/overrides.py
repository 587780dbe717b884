"""Overrides: what an instructor decided by hand, in a file beside the run that nothing rewrites."""

import difflib
import shutil
import tomllib
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..model.errors import UsageError
from ..runner.cohort_records import Records, Result, RunKata

OVERRIDES_FILE = "overrides.toml"


class Override(BaseModel):
    """Points or a comment for one student's kata, or for one criterion of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    student: str = Field(min_length=1)
    kata: str = Field(min_length=1)
    criterion: str = ""
    points: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    comment: str = ""
    reason: str = ""
    by: str = ""

    @model_validator(mode="after")
    def _check(self) -> "Override":
        if self.points is None and not self.comment:
            raise ValueError("an override needs `points` or a `comment`")
        if self.points is not None and not (self.reason and self.by):
            raise ValueError("an override of points needs a `reason`, and `by` who decided")
        return self


class _OverridesFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    override: tuple[Override, ...] = ()


class Overrides:
    """All overrides of a run."""

    def __init__(self, entries: Sequence[Override] = ()) -> None:
        self.entries = tuple(entries)

    @classmethod
    def read(cls, folder: Path) -> "Overrides":
        """Read them from the folder of a run; `UsageError` if they cannot be read."""
        path = folder / OVERRIDES_FILE
        try:
            entries = _OverridesFile.model_validate(tomllib.loads(path.read_text("utf-8"))).override
        except FileNotFoundError:
            return cls()
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UsageError(f"'{path}' cannot be read: {error}") from None
        except ValidationError as error:
            raise UsageError(f"'{path}' does not fit: {describe_mistake(error)}") from None
        return cls(entries)

    def refuse_strange(self, katas: Iterable[RunKata], students: Collection[str]) -> None:
        """Raise `UsageError` for one of a student, kata or criterion that the run does not have."""
        criteria = {kata.id: [each.name for each in kata.criteria] for kata in katas}
        for entry in self.entries:
            _refuse("student", entry.student, students)
            _refuse("kata", entry.kata, criteria)
            if entry.criterion:
                _refuse("criterion", entry.criterion, criteria[entry.kata])

    def find(self, student: str, kata: str) -> list[Override]:
        """Give those for one result, in the order of the file."""
        return [each for each in self.entries if (each.student, each.kata) == (student, kata)]


def _refuse(what: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        meant = f" Do you mean '{near[0]}'?" if near else ""
        raise UsageError(
            f"'{OVERRIDES_FILE}' names the {what} '{name}'. The run has no such {what}.{meant}"
        )


def describe_mistake(error: ValidationError) -> str:
    """Say where the first mistake of a file is, and what is wrong there."""
    first = error.errors()[0]
    where = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
    return f"{where}: {first['msg'].removeprefix('Value error, ')}."


def carry_over(old: Path, new: Path) -> None:
    """Take the overrides of an earlier run along, unless the new one has its own."""
    source, target = old / OVERRIDES_FILE, new / OVERRIDES_FILE
    if source.is_file() and not target.exists():
        shutil.copyfile(source, target)


def list_shaken(old: Records, new: Records, overrides: Overrides) -> Iterator[Override]:
    """List the overrides whose ground changed: what they are about ended differently."""
    for entry in overrides.entries:
        if entry.points is None:
            continue
        before, after = old.read(entry.student, entry.kata), new.read(entry.student, entry.kata)
        if _read_ground(before, entry) != _read_ground(after, entry):
            yield entry


def _read_ground(result: Result | None, entry: Override) -> object:
    if result is None:
        return None
    criteria = result.report.criteria if result.report is not None else ()
    outcomes = {each.name: (each.outcome, each.points) for each in criteria}
    ground = outcomes.get(entry.criterion) if entry.criterion else outcomes
    return result.submission_digest, ground
