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

    def lay_out(self, folder: Path, targets: dict[str, object]) -> Path:
        """Copy the submission to a folder that does not exist, and tell it what to aim at."""
        ignored = shutil.ignore_patterns("__pycache__", CASE_FILE)
        shutil.copytree(self.folder, folder, ignore=ignored)
        lines = [f"{name} = {value!r}" for name, value in targets.items()]
        text = '"""What the attack aims at: things that were put up for it."""\n\n'
        (folder / TARGETS).write_text(text + "\n".join(lines) + "\n", "utf-8")
        for name, target in self.file.links.items():
            (folder / name).symlink_to(str(targets[target]))
        return folder


def read_case(folder: Path) -> Case:
    """Read a case; an error names the folder."""
    content = tomllib.loads((folder / CASE_FILE).read_text("utf-8"))
    return Case(folder.name, folder, CaseFile.model_validate(content))


def list_cheats() -> list[Case]:
    """Give the generic cheats with which graders are proven, as cases that every mode stops."""
    tries = CaseFile(tries="One of the generic cheats of `dojo verify`.", family="verdict")
    return [Case(f"cheat_{folder.name}", folder, tries) for folder in list_folders(CHEATS)]


def list_cases() -> list[Case]:
    """Give all cases, those of one kata after each other, so that a worker can stay with it."""
    own = [read_case(folder) for folder in list_folders(CASES)]
    return sorted(own + list_cheats(), key=lambda case: case.file.kata)
