"""Similarity pages: pairs of submissions with what they share, for the instructor alone."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from markupsafe import Markup, escape

from ..model.catalogue import Kata
from ..teaching.similarity import Pair
from .documents import defuse
from .pages import open_templates, read_style

_COLUMNS = ("kata", "student", "cohort", "other student", "other cohort", "share", "other share")


def write_similarity(found: Sequence[tuple[Kata, Sequence[Pair]]], folder: Path) -> None:
    """Write `index.html`, a page for each pair, and `pairs.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    templates = open_templates(read_style("style.css"))
    templates.filters["percent"] = "{:.0%}".format
    numbered = [(kata, list(enumerate(pairs, 1))) for kata, pairs in found]
    index = templates.get_template("similarity.html").render(found=numbered)
    _write(folder / "index.html", index)
    page = templates.get_template("pair.html")
    for kata, pairs in numbered:
        for number, pair in pairs:
            sides = [
                (work, mark_passages(work.text, passages))
                for work, passages in zip((pair.one, pair.other), pair.passages, strict=True)
            ]
            text = page.render(kata=kata, pair=pair, sides=sides)
            _write(folder / f"{kata.id}-{number}.html", text)
    _write_table(found, folder / "pairs.csv")


def mark_passages(text: str, passages: Sequence[tuple[int, int]]) -> Markup:
    """Escape a text, and mark the passages from one place to another."""
    return Markup().join(_list_parts(text, passages))


def _list_parts(text: str, passages: Sequence[tuple[int, int]]) -> Iterator[Markup]:
    position = 0
    for start, end in sorted(passages):
        start = max(start, position)
        if end > start:
            yield escape(text[position:start])
            yield Markup("<mark>{}</mark>").format(text[start:end])
            position = end
    yield escape(text[position:])


def _write_table(found: Sequence[tuple[Kata, Sequence[Pair]]], path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for kata, pairs in found:
            for pair in pairs:
                names = (pair.one.student, pair.one.cohort, pair.other.student, pair.other.cohort)
                shares = (f"{each:.2f}" for each in pair.shares)
                writer.writerow([kata.id, *map(defuse, names), *shares])


def _write(path: Path, text: str) -> None:
    path.write_text(text + "\n", "utf-8", newline="\n")
