"""Framework versions: what changed in FastAPI since when, as a file of the docs lists it."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..model.catalogue import Catalogue, CatalogueError, Kata

VERSIONS = "docs/fastapi_versions.toml"


class ChangeEntry(BaseModel):
    """One `[[change]]`: since when, what changed, and the numbers of the katas about it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: str = Field(min_length=3)
    title: str = Field(min_length=3)
    text: str = Field(min_length=20)
    katas: tuple[str, ...] = ()


class ChangeFile(BaseModel):
    """The contents of the file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    change: tuple[ChangeEntry, ...]


@dataclass(frozen=True)
class Change:
    """A change of FastAPI, with the katas that practise it."""

    title: str
    text: str
    katas: Sequence[Kata]


def read_versions(catalogue: Catalogue) -> list[tuple[str, list[Change]]]:
    """Read the changes of each version, in the order of the file.

    Raises `CatalogueError` if the file cannot be read or names a kata that is not there.
    """
    path = catalogue.root / VERSIONS
    try:
        entries = ChangeFile.model_validate(tomllib.loads(path.read_text("utf-8"))).change
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise CatalogueError(f"'{VERSIONS}' cannot be read: {error}") from None
    versions: dict[str, list[Change]] = {}
    for entry in entries:
        change = Change(entry.title, entry.text.strip(), [catalogue.find(k) for k in entry.katas])
        versions.setdefault(entry.since, []).append(change)
    return list(versions.items())
