"""The catalogue: which katas there are, what their `kata.toml` says, how a name finds one."""

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from .errors import UsageError

TRACKS = (
    "basics",
    "pydantic",
    "async",
    "dependencies",
    "streaming",
    "data",
    "middleware",
    "testing",
    "production",
    "capstone",
)

LEVELS = ("junior", "mid", "senior")

TASK_HEADING = re.compile(r"^## (\d+)\. (.+)$", re.MULTILINE)
"""The heading of a numbered task in a README or HINTS file: its number and its title."""


POINTER = Path(".dojo", "repository")
"""The file of a workspace that holds the path of the repository."""


class CatalogueError(UsageError):
    """A kata that is not there, or whose description cannot be read."""


class DemoAnswer(BaseModel):
    """One `[[demo]]` of a `kata.toml`: what the upstream answers while a learner tries the app.

    `path` may hold parameters in braces; strings in `json` that hold the same braces get their
    values. The first answer that fits is given, after `seconds`. Grading never uses it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str = Field("GET", pattern=r"^[A-Z]+$")
    path: str = Field(pattern=r"^/")
    status: int = Field(200, ge=200, le=599)
    body: JsonValue = Field(None, alias="json")
    seconds: float = Field(0.0, ge=0, le=60)


def fill(value: JsonValue, parameters: Mapping[str, str]) -> JsonValue:
    """Put path parameters into all strings of a JSON value that name them in braces."""
    if isinstance(value, str):
        for name, text in parameters.items():
            value = value.replace(f"{{{name}}}", text)
        return value
    if isinstance(value, list):
        return [fill(each, parameters) for each in value]
    if isinstance(value, dict):
        return {key: fill(each, parameters) for key, each in value.items()}
    return value


class KataFile(BaseModel):
    """The contents of a `kata.toml`; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=3)
    track: Literal[TRACKS]  # type: ignore[valid-type]
    level: Literal[LEVELS]  # type: ignore[valid-type]
    minutes: int = Field(ge=5, le=90)
    after: tuple[str, ...]
    """The katas that this one builds on."""
    rules: tuple[str, ...] = Field(min_length=1)
    """What is learnt: ids from `exercises/rules.toml`."""
    kind: Literal["app", "answers", "suite", "artifact"] = "app"
    entrypoint: str = Field("app.main:app", pattern=r"^[\w.]+:\w+$")
    editable: tuple[str, ...] = Field(min_length=1)
    questions: tuple[str, ...] = ()
    labs: tuple[Literal["upstream", "mail", "database", "clock"], ...] = ()
    postgresql: bool = False
    """Whether the criteria also run on PostgreSQL, for `check --database postgresql`."""
    processes: bool = False
    """Whether the app may start processes: forks of its own, and no other programs."""
    loggers: tuple[str, ...] = ("kata",)
    requirements: tuple[str, ...] = ()
    already_working: tuple[str, ...] = ()
    public: tuple[str, ...] = ()
    """Criteria that a handout shows when an instructor names none."""
    hidden: int | None = Field(None, ge=0)
    """In a handout, how many criteria only the instructor has; elsewhere there is no such key."""
    environment: dict[str, str] = {}
    """The variables with which the app is imported and started, unless a criterion chooses."""
    demo: tuple[DemoAnswer, ...] = ()

    @model_validator(mode="after")
    def _check_database(self) -> Self:
        """Refuse PostgreSQL where there is no database at all."""
        if self.postgresql and "database" not in self.labs:
            raise ValueError("`postgresql` needs the lab 'database'")
        return self


@dataclass(frozen=True)
class Kata:
    """One kata: its id and the folders in which its three parts live."""

    id: str
    root: Path

    @property
    def exercise(self) -> Path:
        """The stub as the learner has it, worked on or not."""
        return self.root / "exercises" / self.id

    @cached_property
    def repository(self) -> Path:
        """What holds all but the learner's files; `root` itself, unless that is a workspace."""
        return locate_repository(self.root)

    @property
    def description(self) -> Path:
        """The exercise as the repository has it: statement, hints, `kata.toml` and stub."""
        return self.repository / "exercises" / self.id

    @property
    def stub(self) -> Path:
        """The pristine stub: the folder that holds the untouched `app/`."""
        return self.description / ".stub"

    @property
    def solution(self) -> Path:
        """The reference solution."""
        return self.repository / "solutions" / self.id

    @property
    def grader(self) -> Path:
        """The grader and its submissions."""
        return self.repository / "graders" / self.id

    @cached_property
    def file(self) -> KataFile:
        """What `kata.toml` says; `CatalogueError` if it is missing or wrong."""
        path = self.description / "kata.toml"
        try:
            return KataFile.model_validate(tomllib.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            raise CatalogueError(
                f"Kata '{self.id}' has no 'kata.toml'. Add '{path.name}' to its exercise folder."
            ) from None
        except (tomllib.TOMLDecodeError, ValidationError) as error:
            raise CatalogueError(f"'{self.id}/kata.toml' cannot be read: {error}") from None

    @cached_property
    def tasks(self) -> dict[int, str]:
        """The titles of the README's tasks by number; none without a README."""
        path = self.description / "README.md"
        return read_tasks(path.read_text("utf-8")) if path.is_file() else {}

    @property
    def number(self) -> str:
        """The leading number of the id."""
        return self.id.partition("_")[0]

    @property
    def name(self) -> str:
        """The id without its number."""
        return self.id.partition("_")[2]


class Catalogue:
    """All katas below one root, in the order of their ids."""

    def __init__(self, root: Path) -> None:
        self.root = root
        folders = sorted((root / "exercises").glob("[0-9][0-9]_*"))
        katas = [Kata(each.name, root) for each in folders if each.is_dir()]
        self.katas = [kata for kata in katas if kata.description.is_dir()]

    def find(self, name: str) -> Kata:
        """Find a kata by id, number, name or the path of one of its files, as editors give it.

        `CatalogueError` names the nearest ones.
        """
        parts = name.strip().replace("\\", "/").strip("/").split("/")
        wanted = parts[-1]
        for kata in self.katas:
            names = {kata.number, kata.number.lstrip("0"), kata.name}
            if wanted in names or kata.id in parts:
                return kata
        raise CatalogueError(f"Kata '{name}' does not exist. {self._suggest(wanted)}")

    def select(self, names: Sequence[str]) -> list[Kata]:
        """Find several katas, each once; all of them if no name is given."""
        return list(dict.fromkeys(self.find(name) for name in names)) if names else self.katas

    def _suggest(self, wanted: str) -> str:
        names = {kata.name: kata.id for kata in self.katas} | {k.id: k.id for k in self.katas}
        near = [name for name in names if wanted and wanted in name][:3]
        near = near or difflib.get_close_matches(wanted, names, n=3, cutoff=0.5)
        ids = dict.fromkeys(names[each] for each in near)
        if not ids:
            return "Run `nox -s list` to see them all."
        listed = " or ".join(f"'{each}'" for each in ids)
        return f"Did you mean {listed}? Run `nox -s list` to see them all."


def read_tasks(text: str) -> dict[int, str]:
    """Read the titles of the numbered tasks of a README or HINTS file, by number."""
    return {int(number): title.strip() for number, title in TASK_HEADING.findall(text)}


def find_root(start: Path) -> Path:
    """Find the repository or the workspace from `start` upwards: what holds `exercises/`."""
    for folder in (start, *start.parents):
        if (folder / "exercises").is_dir() and (folder / "noxfile.py").is_file():
            return folder
    raise CatalogueError(
        f"There are no katas in '{start}' or above it. Change to the repository's folder first."
    )


def locate_repository(root: Path) -> Path:
    """Give the repository that a workspace names, or `root` where it is none."""
    pointer = root / POINTER
    if not pointer.is_file():
        return root
    repository = Path(pointer.read_text("utf-8").strip())
    if not (repository / "exercises").is_dir():
        raise CatalogueError(
            f"The katas of this workspace were in '{repository}', and are not there any more. "
            f"Go to the repository's folder and run `nox -s start -- '{root}'`."
        )
    return repository


def name_kata(start: Path) -> str | None:
    """Name the kata in whose folder, or below it, `start` is; None elsewhere."""
    for folder in (start, *start.parents):
        if folder.parent.name == "exercises" and (folder.parents[1] / "noxfile.py").is_file():
            return folder.name
    return None


def pristine(kata: Path) -> Path:
    """Return the folder that holds the pristine `app/` of the exercise folder `kata`.

    Raises `CatalogueError` if it is missing.
    """
    stub = kata / ".stub"
    if not (stub / "app").is_dir():
        raise CatalogueError(
            f"The pristine stub of kata '{kata.name}' is missing: '{stub / 'app'}'. "
            f"Run `git checkout -- {stub}` or copy that folder from a fresh download."
        )
    return stub
