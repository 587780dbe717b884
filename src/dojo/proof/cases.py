"""Cases: every submission whose verdict is known: stub, solution, wrong, accepted and cheats."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..catalogue import Kata
from ..edits import Misfit, apply_edits
from .expected import ExpectFile, WrongEntry, read_expect_file, read_wrong_file

Kind = Literal["stub", "solution", "accepted", "wrong", "cheat"]

ENTRY = "app/main.py"
CHEATS = Path(__file__).parent / "cheats"
_COMPILED = shutil.ignore_patterns("__pycache__")


@dataclass(frozen=True)
class Case:
    """A submission and what is known about it; `expected` is a sentence if it cannot be read.

    With a `misfit`, which says why it could not be made, there is nothing to grade in `source`.
    """

    kata: Kata
    kind: Kind
    name: str
    source: Path
    expected: ExpectFile | str | None = None
    misfit: str = ""


def list_cases(kata: Kata, scratch: Path) -> Iterator[Case]:
    """Give the cases of a kata, those that differ from the solution as copies in `scratch`.

    Raises `WrongFileUnreadable`.
    """
    entries = read_wrong_file(kata)
    reference = read_reference(kata) if entries else {}
    yield Case(kata, "stub", "stub", kata.stub)
    yield Case(kata, "solution", "solution", kata.solution)
    for kind in ("accepted", "wrong"):
        for folder in list_folders(kata.grader / "submissions" / kind):
            source = _lay_over(kata.solution, folder, scratch / kata.id / kind / folder.name)
            yield Case(kata, kind, folder.name, source, read_expect_file(folder))
    for entry in entries:
        target = scratch / kata.id / "edited" / entry.name
        yield _make_case(kata, entry, reference, target)
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


def read_reference(kata: Kata) -> dict[str, str]:
    """Read the solution with the given files, path to text: what an edit may change."""
    return read_app(kata.stub) | read_app(kata.solution)


def read_app(folder: Path) -> dict[str, str]:
    """Read all files of the `app/` in a folder, path to text; bytes that are no text survive."""
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8", "surrogateescape")
        for path in sorted((folder / "app").rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def _make_case(kata: Kata, entry: WrongEntry, reference: Mapping[str, str], target: Path) -> Case:
    try:
        changed = apply_edits(reference, entry.edits)
    except Misfit as misfit:
        return Case(kata, "wrong", entry.name, target, entry, str(misfit))
    shutil.copytree(kata.solution / "app", target / "app", ignore=_COMPILED)
    for name, text in changed.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text, "utf-8", "surrogateescape")
    return Case(kata, "wrong", entry.name, target, entry)


def _lay_over(below: Path, above: Path, target: Path) -> Path:
    shutil.copytree(below / "app", target / "app", ignore=_COMPILED)
    shutil.copytree(above, target, ignore=_COMPILED, dirs_exist_ok=True)
    return target
