"""Cases: every submission whose verdict is known: stub, solution, wrong, accepted and cheats."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..catalogue import Kata
from .expected import ExpectFile, read_expect_file

Kind = Literal["stub", "solution", "accepted", "wrong", "cheat"]

ENTRY = "app/main.py"
CHEATS = Path(__file__).parent / "cheats"


@dataclass(frozen=True)
class Case:
    """A submission and what is known about it; `expected` is a sentence if it cannot be read."""

    kata: Kata
    kind: Kind
    name: str
    source: Path
    expected: ExpectFile | str | None = None


def list_cases(kata: Kata, scratch: Path) -> Iterator[Case]:
    """Give the cases of a kata; overlays are laid over the solution in `scratch`."""
    yield Case(kata, "stub", "stub", kata.stub)
    yield Case(kata, "solution", "solution", kata.solution)
    for kind in ("accepted", "wrong"):
        for folder in list_folders(kata.grader / "submissions" / kind):
            source = _lay_over(kata.solution, folder, scratch / kata.id / kind / folder.name)
            yield Case(kata, kind, folder.name, source, read_expect_file(folder))
    if kata.file.kind == "app":
        for folder in list_folders(CHEATS):
            source = _lay_over(kata.stub, folder, scratch / kata.id / "cheats" / folder.name)
            if ENTRY not in kata.file.editable:  # a given file is never the submission's
                (source / ENTRY).replace(source / kata.file.editable[0])
            yield Case(kata, "cheat", folder.name, source)


def list_folders(parent: Path) -> list[Path]:
    """Give the folders in a folder, in order; none if it does not exist."""
    if not parent.is_dir():
        return []
    hidden = ("_", ".")
    found = [each for each in parent.iterdir() if each.is_dir()]
    return sorted(each for each in found if not each.name.startswith(hidden))


def _lay_over(below: Path, above: Path, target: Path) -> Path:
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(below / "app", target / "app", ignore=ignore)
    shutil.copytree(above, target, ignore=ignore, dirs_exist_ok=True)
    return target
