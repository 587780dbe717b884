"""Platforms: what learning platforms write into the names of files, and into files beside them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError

from ..model.errors import UsageError
from .attempts import Attempt, strip_suffix
from .tables import read_rows

NAMES = (
    # Moodle, each student in a folder of their own or not
    r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?:file|(?P<text>onlinetext))(?:_(?P<title>.*))?",
    # Canvas, where students are named, and where they are not
    r"(?P<name>[^_]+)(?P<late>_late)?_(?P<id>\d+)_(?P<upload>\d+)_(?P<title>.+)",
    r"(?P<late>late_)?(?P<name>anon_[^_]+)_(?P<upload>\d+)_(?P<title>.+)",
    r"(?P<name>[^_]+)(?P<late>_late)?_(?P<id>\d+)_(?P<text>text|link)\.html",
)
"""How they name what they let instructors download, without the suffix of an archive."""

GRADESCOPE = "submission_metadata.yml"
TOOL_FILES = (GRADESCOPE, "*.csv", "*.xlsx", "*.ods")
"""Files that tools, and instructors, put beside submissions."""

CLASSROOM = ("student_repository_name", "submission_timestamp")
"""The columns of the grades of GitHub Classroom that are read here."""


@dataclass(frozen=True)
class Submitter:
    """One who handed in, as a tool names and numbers them."""

    name: str
    number: str = ""


@dataclass(frozen=True)
class Metadata:
    """What a tool says beside a submission: who handed it in, and when."""

    submitters: tuple[Submitter, ...] = ()
    submitted: datetime | None = None


def read_name(path: Path) -> tuple[Submitter, Attempt]:
    """Read who handed in a file or folder, and what, from its name."""
    name = path.name if path.is_dir() else strip_suffix(path.name)
    found = _match(name)
    if found is None:
        return Submitter(name), Attempt(path, name)
    attempt = Attempt(
        path,
        title=found.get("title", ""),
        marked_late="late" in found,
        upload=int(found["upload"]) if "upload" in found else None,
        is_text="text" in found,
    )
    return Submitter(found["name"].strip(), found.get("id", "")), attempt


def is_tool_file(path: Path) -> bool:
    """Tell whether a file beside submissions is a tool's, or a table of the instructor's."""
    name = path.name.casefold()
    is_known = any(fnmatch(name, pattern) for pattern in TOOL_FILES)
    return is_known and not path.is_dir() and _match(path.name) is None


def read_metadata(folder: Path) -> dict[str, Metadata]:
    """Read what tools say of the submissions in a folder, by their names; `UsageError` for damage.

    That is the metadata of an export of Gradescope, and the grades of GitHub Classroom.
    """
    found: dict[str, Metadata] = {}
    for path in sorted(folder.glob("*.csv")):
        found |= dict(_read_classroom(path))
    if (folder / GRADESCOPE).is_file():
        found |= dict(_read_gradescope(folder / GRADESCOPE))
    return found


def _match(name: str) -> dict[str, str] | None:
    matches = (re.fullmatch(each, name, re.IGNORECASE | re.DOTALL) for each in NAMES)
    found = next((match.groupdict() for match in matches if match), None)
    return {key: text for key, text in found.items() if text} if found else None


def _read_classroom(path: Path) -> Iterator[tuple[str, Metadata]]:
    table = read_rows(path)
    if set(CLASSROOM) <= set(table.header):
        for _, row in table.rows:
            repository, time = (row[column] for column in CLASSROOM)
            yield repository, Metadata(submitted=_read_time(time))


def _read_time(value: object) -> datetime | None:
    """Read a time, which is in UTC where it says nothing else; none where it cannot be read."""
    if isinstance(value, str):
        text = re.sub(r"\s+(?=[-+]\d)", "", value.strip()).replace(" UTC", "+00:00")
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


_Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else str(value))]
_Time = Annotated[datetime | None, BeforeValidator(_read_time)]


class _GradescopeStudent(BaseModel):
    name: _Text = Field(default="", alias=":name")
    sid: _Text = Field(default="", alias=":sid")
    email: _Text = Field(default="", alias=":email")


class _GradescopeSubmission(BaseModel):
    submitters: tuple[_GradescopeStudent, ...] = Field(default=(), alias=":submitters")
    created_at: _Time = Field(default=None, alias=":created_at")


_GRADESCOPE = TypeAdapter(dict[str, _GradescopeSubmission])


def _read_gradescope(path: Path) -> Iterator[tuple[str, Metadata]]:
    try:
        with path.open("rb") as file:
            found = _GRADESCOPE.validate_python(yaml.load(file, _make_loader()) or {})
    except (yaml.YAMLError, ValidationError, ValueError, RecursionError):
        raise UsageError(
            f"'{path}' is not the metadata of an export of Gradescope. Download the export again,"
            " or remove the file: then students are called like the folders."
        ) from None
    for folder, submission in found.items():
        named = [
            (each.name or each.email, each.sid or each.email) for each in submission.submitters
        ]
        submitters = tuple(Submitter(name or folder, number) for name, number in named)
        yield folder, Metadata(submitters, submission.created_at)


def _make_loader() -> Any:
    """Make a safe loader, which takes an object of Ruby for the plain data in it."""
    loader: Any = type("Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
    loader.add_multi_constructor("!", _construct_plain)
    return loader


def _construct_plain(loader: Any, _: str, node: Any) -> object:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)
