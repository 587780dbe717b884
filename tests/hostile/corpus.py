"""The corpus: hostile submissions as folders, each with a `case.toml` that says what it tries.

It reads what the folders say, and lays one out where it can be graded. It grades nothing.
"""

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dojo.proof.cases import CHEATS, list_folders
from dojo.runner.sandbox import Mode

CASES = Path(__file__).parent / "cases"
CASE_FILE = "case.toml"
TARGETS = "app/targets.py"
MARK = "ACTED "
"""What a line begins with that says where an attack has come to."""
TARGETS_TEXT = f'''"""What the attack aims at: things that were put up for it."""

import os


def acted(where):
    """Leave a mark, past Python's own streams, that the attack has come this far."""
    os.write(2, f"\\n{MARK}{{where}}\\n".encode())


'''

AROUND_CHEAT = '''"""A generic cheat, in an app that marks how far it came."""

from .targets import acted

acted("import")
from .cheat import app as cheat


async def app(scope, receive, send):
    if scope["type"] == "http":
        acted("request")
    await cheat(scope, receive, send)
'''
UNIMPORTABLE = {"exit_at_import", "system_exit"}
"""Cheats that end the import, so that nothing can be asked."""

Family = Literal[
    "verdict",
    "planted",
    "answers",
    "reading",
    "writing",
    "processes",
    "resources",
    "network",
    "kernel",
    "state",
    "accident",
]
Trust = Literal["exit", "text", "junit"]
"""What a naive grader believes: the exit status, the last line, or the result file."""

EVERY_MODE = (Mode.FULL, Mode.NO_BWRAP, Mode.BASIC)


class CaseFile(BaseModel):
    """The contents of a `case.toml`; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tries: str = Field(min_length=10, description="What the submission tries, in one line.")
    family: Family
    stopped_by: tuple[Mode, ...] = Field(
        default=EVERY_MODE, description="The modes in which it must do no harm."
    )
    shown_in: tuple[Mode, ...] = Field(
        default=(),
        description="The weaker modes in which it is harmless enough to show that it succeeds.",
    )
    acts: tuple[str, ...] = Field(
        default=("import",),
        description="The marks that it must leave, in each mode, to prove that it acted.",
    )
    variants: tuple[str, ...] = Field(
        default=("",), description="Ways to do it; each is handed in, and reads its own name."
    )
    kata: str = "01_first_api"
    criteria: tuple[str, ...] = Field(
        default=(), description="The criteria asked for; empty means all."
    )
    seconds: float = Field(
        default=120.0, description="Wall seconds after which the run must be over."
    )
    slow: bool = Field(default=False, description="Whether it takes more than about a second.")
    refused: str = Field(
        default="", description="A part of the sentence that refuses to grade it at all."
    )
    links: dict[str, str] = Field(
        default={}, description="Links to make: file to name of a target."
    )
    fools: tuple[Trust, ...] = Field(default=(), description="What of a naive grader it forges.")


@dataclass(frozen=True)
class Case:
    """One hostile submission: its name, its folder and what it tries."""

    name: str
    folder: Path
    file: CaseFile

    @property
    def marks(self) -> frozenset[str]:
        """Give the marks that prove it acted; what is not graded at all leaves none."""
        return frozenset(() if self.file.refused else self.file.acts)

    def lay_out(self, folder: Path, targets: dict[str, object], variant: str = "") -> Path:
        """Copy the submission to a folder that does not exist, and tell it what to aim at."""
        ignored = shutil.ignore_patterns("__pycache__", CASE_FILE)
        shutil.copytree(self.folder, folder, ignore=ignored)
        known = {**targets, "VARIANT": variant}
        lines = [f"{name} = {value!r}" for name, value in known.items()]
        (folder / TARGETS).write_text(TARGETS_TEXT + "\n".join(lines) + "\n", "utf-8")
        for name, target in self.file.links.items():
            (folder / name).symlink_to(str(targets[target]))
        return folder


def read_case(folder: Path) -> Case:
    """Read a case; an error names the folder."""
    content = tomllib.loads((folder / CASE_FILE).read_text("utf-8"))
    return Case(folder.name, folder, CaseFile.model_validate(content))


class Cheat(Case):
    """A generic cheat of `dojo verify`: it knows no targets, so its marks are left around it."""

    def lay_out(self, folder: Path, targets: dict[str, object], variant: str = "") -> Path:
        """Copy the cheat as it is, and serve it from a module that leaves the marks."""
        super().lay_out(folder, targets, variant)
        main = folder / "app/main.py"
        main.rename(main.with_name("cheat.py"))
        main.write_text(AROUND_CHEAT, "utf-8")
        return folder


def list_cheats() -> list[Case]:
    """Give the generic cheats with which graders are proven, as cases that every mode stops."""
    found: list[Case] = []
    for folder in list_folders(CHEATS):
        acts = ("import",) if folder.name in UNIMPORTABLE else ("import", "request")
        tries = "One of the generic cheats of `dojo verify`."
        file = CaseFile(tries=tries, family="verdict", acts=acts)
        found.append(Cheat(f"cheat_{folder.name}", folder, file))
    return found


def list_cases() -> list[Case]:
    """Give all cases, those of one kata after each other, so that a worker can stay with it."""
    own = [read_case(folder) for folder in list_folders(CASES)]
    return sorted(own + list_cheats(), key=lambda case: case.file.kata)
