"""Tables: CSV files as spreadsheets and learning platforms write them."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from ..commandline import UsageError

_DELIMITERS = ",;\t"

Row = dict[str, str]


def read_table(path: Path, columns: Sequence[str]) -> list[Row]:
    """Read a CSV file that has at least `columns`; names of columns in any case, cells stripped.

    Commas, semicolons and tabs may separate; empty lines are passed over. The first of `columns`
    is the key: filled in every row, each value once. Raises `UsageError`.
    """
    text = read_text(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [(lines.line_num, cells) for cells in lines if any(map(str.strip, cells))]
    except csv.Error as error:
        raise UsageError(f"'{path}' is no CSV file: line {lines.line_num}: {error}.") from None
    header = [name.strip().casefold() for name in rows[0][1]] if rows else []
    _refuse_header(path, header, columns)
    _refuse_keys(path, [(line, _cell(cells, header.index(columns[0]))) for line, cells in rows[1:]])
    return [
        {name: _cell(cells, place) for place, name in enumerate(header)} for _, cells in rows[1:]
    ]


def read_text(path: Path) -> str:
    """Read a text file in UTF-8, with the mark in front that Windows likes or without it."""
    try:
        return path.read_bytes().decode("utf-8-sig")
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


def _refuse_keys(path: Path, keys: Sequence[tuple[int, str]]) -> None:
    seen: dict[str, int] = {}
    for line, key in keys:
        if not key:
            raise UsageError(f"Line {line} of '{path}' names no student. Fill it in or remove it.")
        if key in seen:
            raise UsageError(
                f"'{path}' names '{key}' in line {seen[key]} and in line {line}. Remove one."
            )
        seen[key] = line
