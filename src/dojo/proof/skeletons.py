"""Skeletons: the first files of a new kata, which grade, and say what is to be replaced in them."""

import re
from pathlib import Path
from string import Template

from ..model.catalogue import TRACKS, Catalogue, CatalogueError, Kata

SKELETON = Path(__file__).parent / "skeleton"
ID = re.compile(r"\d\d(_[a-z][a-z0-9]*)+")


class UnusableId(CatalogueError):
    """A new kata cannot have this id."""


def make_kata(root: Path, wanted: str) -> list[Path]:
    """Write the exercise, the solution and the grader of a new kata; give the files' paths.

    `UnusableId` if `wanted` is no id, or if the id, its number or one of its folders is taken.
    """
    kata = Kata(wanted, root)
    _check_id(kata)
    title = kata.name.replace("_", " ").capitalize()
    words = {"id": kata.id, "number": kata.number, "title": title, "tracks": ", ".join(TRACKS)}
    written = []
    for part, target in (
        ("exercise", kata.exercise),
        ("exercise/app", kata.stub / "app"),
        ("solution", kata.solution),
        ("grader", kata.grader),
    ):
        written += _fill(SKELETON / part, target, words)
    return written


def _check_id(kata: Kata) -> None:
    if not ID.fullmatch(kata.id):
        raise UnusableId(
            f"'{kata.id}' is no id of a kata. Use two digits and a name in lower case, "
            "such as `nox -s new -- 56_long_polling`."
        )
    for other in Catalogue(kata.root).katas:
        if other.number == kata.number:
            raise UnusableId(
                f"Number '{kata.number}' belongs to kata '{other.id}'. Choose a free number."
            )
    for folder in (kata.exercise, kata.solution, kata.grader):
        if folder.exists():
            where = folder.relative_to(kata.root)
            raise UnusableId(f"'{where}' exists already. Remove it, or choose another id.")


def _fill(source: Path, target: Path, words: dict[str, str]) -> list[Path]:
    written = []
    for path in sorted(each for each in source.rglob("*") if each.suffix != ".pyc"):
        if path.is_file():
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(Template(path.read_text("utf-8")).safe_substitute(words), "utf-8")
            written.append(copy)
    return written
