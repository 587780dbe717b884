"""Uploads: points put into a gradebook as a platform exports it, with nothing else changed.

Cells are kept as they are written, quotes and all: a file that nobody has points in comes out byte
for byte as it went in.
"""

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..model.errors import UsageError
from ..runner.handins import Student
from ..runner.tables import read_text
from .rosters import Roster, find_owners, read_roster

_DELIMITERS = ",;\t"
_POSSIBLE_ROW = "points possible"


@dataclass(frozen=True)
class GradeColumn:
    """A column that takes points: its title, its place from 0, and the most it takes, if known."""

    title: str
    place: int
    possible: float | None = None


class RawTable:
    """A CSV file as rows of cells as they are written, each row with what ends its cells."""

    def __init__(self, text: str) -> None:
        first = next((line for line in text.splitlines() if line.strip()), "")
        delimiter = max(_DELIMITERS, key=first.count)
        cell = re.compile(
            rf'(?P<cell> *"(?:[^"]|"")*"|[^{delimiter}\r\n]*)(?P<end>{delimiter}|\r\n|\n|\r|\Z)'
        )
        self.rows: list[list[str]] = [[]]
        self._ends: list[list[str]] = [[]]
        position = 0
        while position < len(text) or self._ends[-1][-1:] == [delimiter]:
            found = cell.match(text, position)
            if found is None:
                raise ValueError(f"after {position} characters")
            self.rows[-1].append(found["cell"])
            self._ends[-1].append(found["end"])
            position = found.end()
            if found["end"] != delimiter:
                self.rows.append([])
                self._ends.append([])

    def read(self, row: Sequence[str], place: int) -> str:
        """Read a cell without its quotes; empty where the row is too short."""
        raw = row[place].strip() if place < len(row) else ""
        quoted = len(raw) > 1 and raw.startswith('"')
        return (raw[1:-1].replace('""', '"') if quoted else raw).strip()

    def put(self, number: int, place: int, value: str) -> None:
        """Put a value into a cell of a row, in quotes where that had some."""
        raw = self.rows[number][place]
        self.rows[number][place] = f'"{value}"' if raw.strip().startswith('"') else value

    def write(self) -> str:
        """Write the file again."""
        return "".join(
            cell + end
            for cells, ends in zip(self.rows, self._ends, strict=True)
            for cell, end in zip(cells, ends, strict=True)
        )


@dataclass(frozen=True)
class Entered:
    """What was put into a gradebook: points by student as the run calls them, and who got none."""

    content: bytes
    column: GradeColumn
    description: str
    points: Mapping[str, float]
    numbers: Mapping[str, int]
    """By student as the run calls them, what the platform numbers them by, where it does."""
    without_points: tuple[str, ...]
    strangers: tuple[str, ...]
    """Students of the run who are not in the gradebook."""


def enter_points(
    path: Path, marks: Mapping[str, float | None], possible: float, column: str, *, scale: bool
) -> Entered:
    """Put the points of students into an exported gradebook; `UsageError` if they do not fit.

    `possible` are the points of the run. Where the column takes others, `scale` converts.
    """
    roster = read_roster(path)
    text = read_text(path)
    try:
        table = RawTable(text)
    except ValueError as error:
        raise UsageError(f"'{path}' is not a CSV file: {error}.") from None
    chosen = _choose_column(path, table, column)
    factor = _find_factor(chosen, possible, scale=scale)
    owners = find_owners(roster, [Student(name) for name in marks])
    ids = {name: owner for name, owner in owners.items() if owner is not None}
    numbers = dict(_find_rows(table, roster))
    entered = {}
    for name, points in marks.items():
        if points is not None and ids.get(name) in numbers:
            entered[name] = round(points * factor, 2) + 0.0
            table.put(numbers[ids[name]], chosen.place, f"{entered[name]:g}")
    users = {each.id: int(each.number) for each in roster.entries if each.number}
    return Entered(
        _encode(path, table.write()),
        chosen,
        roster.description,
        entered,
        {name: users[owner] for name, owner in ids.items() if owner in users},
        tuple(name for name in ids if name not in entered),
        tuple(name for name in marks if name not in ids),
    )


def list_grade_columns(table: RawTable) -> Iterator[GradeColumn]:
    """List the columns that take points, by how platforms name and describe them.

    Canvas ends the title with the assignment's number, and has a row with the possible points.
    Moodle has one column. Gradescope has a second column for the possible points, and Blackboard
    writes them into the title.
    """
    titles = [table.read(table.rows[0], place) for place in range(len(table.rows[0]))]
    folded = [title.casefold() for title in titles]
    for place, title in enumerate(titles):
        if found := re.search(r"\[Total Pts: ([\d.,]+)?.*\] ?\|\d+$", title):
            yield GradeColumn(title, place, _read_number(found[1] or ""))
        elif re.search(r"\(\d+\)$", title):
            yield GradeColumn(title, place, _find_in_row(table, place))
        elif f"{folded[place]} - max points" in folded:
            other = folded.index(f"{folded[place]} - max points")
            yield GradeColumn(title, place, _find_first(table, other))
        elif folded[place] == "grade" and "identifier" in folded:
            other = folded.index("maximum grade") if "maximum grade" in folded else len(folded)
            yield GradeColumn(title, place, _find_first(table, other))


def _choose_column(path: Path, table: RawTable, wanted: str) -> GradeColumn:
    columns = list(list_grade_columns(table))
    exact = [each for each in columns if each.title.casefold() == wanted.casefold()]
    found = exact or [each for each in columns if wanted.casefold() in each.title.casefold()]
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"'{each.title}'" for each in columns) or "none"
    told = f"'{wanted}' names {len(found)} of them" if wanted else "more than one takes points"
    raise UsageError(
        f"'{path}' has these columns for points: {names}."
        + (f" {told[0].upper()}{told[1:]}. Name one with `--column TITLE`." if columns else "")
    )


def _find_factor(column: GradeColumn, possible: float, *, scale: bool) -> float:
    if column.possible is None or column.possible == possible:
        return 1.0
    if not scale or not possible:
        raise UsageError(
            f"'{column.title}' takes {column.possible:g} points, and the run gives {possible:g}."
            " Add `--scale` to convert them, or change the points of one."
        )
    return column.possible / possible


def _find_rows(table: RawTable, roster: Roster) -> Iterator[tuple[str, int]]:
    titles = [table.read(table.rows[0], place).casefold() for place in range(len(table.rows[0]))]
    place = titles.index(roster.key)
    known = {entry.id for entry in roster.entries}
    for number, row in enumerate(table.rows[1:], 1):
        if (name := table.read(row, place)) in known:
            yield name, number


def _find_in_row(table: RawTable, place: int) -> float | None:
    for row in table.rows[1:]:
        if any(table.read(row, each).casefold() == _POSSIBLE_ROW for each in range(len(row))):
            return _read_number(table.read(row, place))
    return None


def _find_first(table: RawTable, place: int) -> float | None:
    cells = (table.read(row, place) for row in table.rows[1:])
    return next((number for cell in cells if (number := _read_number(cell)) is not None), None)


def _read_number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _encode(path: Path, text: str) -> bytes:
    """Write a text in the encoding of a file, with the mark that it begins with."""
    start = path.read_bytes()[:3]
    if start.startswith(codecs.BOM_UTF16_LE):
        return codecs.BOM_UTF16_LE + text.encode("utf-16-le")
    if start.startswith(codecs.BOM_UTF16_BE):
        return codecs.BOM_UTF16_BE + text.encode("utf-16-be")
    return (codecs.BOM_UTF8 if start == codecs.BOM_UTF8 else b"") + text.encode()
