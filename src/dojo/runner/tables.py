"""Tables: text and CSV files as spreadsheets and learning platforms write them."""

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..model.errors import UsageError

_DELIMITERS = ",;\t"

Row = dict[str, str]


@dataclass(frozen=True)
class Table:
    """A CSV file: its columns as they are written and in lower case, its rows with their lines."""

    titles: tuple[str, ...]
    rows: tuple[tuple[int, Row], ...]

    @property
    def header(self) -> list[str]:
        """The names of the columns in lower case, as rows have them."""
        return [title.casefold() for title in self.titles]

    def title(self, name: str) -> str:
        """Write the name of a column as the file does."""
        return next((each for each in self.titles if each.casefold() == name), name)


def read_rows(path: Path) -> Table:
    """Read a CSV file, cells stripped, by the names of its columns in lower case.

    Commas, semicolons and tabs may separate; empty lines are passed over. Raises `UsageError`.
    """
    text = read_text(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [(lines.line_num, cells) for cells in lines if any(map(str.strip, cells))]
    except csv.Error as error:
        raise UsageError(f"'{path}' is not a CSV file: line {lines.line_num}: {error}.") from None
    titles = tuple(name.strip() for name in rows[0][1]) if rows else ()
    return Table(
        titles,
        tuple(
            (line, {name.casefold(): _cell(cells, place) for place, name in enumerate(titles)})
            for line, cells in rows[1:]
        ),
    )


def read_table(path: Path, columns: Sequence[str]) -> list[Row]:
    """Read a CSV file that has at least `columns`.

    The first of `columns` is the key: filled in every row, each value once. Raises `UsageError`.
    """
    table = read_rows(path)
    _refuse_header(path, table.header, columns)
    refuse_keys(path, [(line, row[columns[0]]) for line, row in table.rows])
    return [row for _, row in table.rows]


def read_text(path: Path) -> str:
    """Read a text file in UTF-8, with a mark in front or without it, or in UTF-16 with its mark."""
    try:
        content = path.read_bytes()
        is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        return content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(
            f"'{path}' is not text in UTF-8. Save it again as 'CSV UTF-8', or as plain text in"
            " UTF-8."
        ) from None
    except OSError as error:
        raise UsageError(f"'{path}' cannot be read: {error.strerror}. Check its name.") from None


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""


def _refuse_header(path: Path, header: Sequence[str], columns: Sequence[str]) -> None:
    wanted = ",".join(columns)
    for name in columns:
        if name not in header:
            raise UsageError(
                f"'{path}' has no column '{name}'. Make its first line name the columns: at least"
                f" '{wanted}'."
            )
        if header.count(name) > 1:
            raise UsageError(f"'{path}' has the column '{name}' twice. Leave one out.")


def refuse_keys(path: Path, keys: Sequence[tuple[int, str]]) -> None:
    """Raise `UsageError` where a line of a table names nobody, or one who stands there already."""
    seen: dict[str, int] = {}
    for line, key in keys:
        if not key:
            raise UsageError(
                f"Line {line} of '{path}' names no student. Add the student or remove the line."
            )
        if key in seen:
            raise UsageError(
                f"'{path}' names '{key}' in line {seen[key]} and in line {line}. Remove one."
            )
        seen[key] = line
