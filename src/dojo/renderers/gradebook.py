"""The gradebook: a CSV file with a line for each student and kata, safe to open in a spreadsheet.

Criteria have a column each, headed by kata and name, with the points that were earned. What was
not graded has empty cells: never a zero.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..cohort.rows import KataRows, Row

_COLUMNS = (
    "student",
    "kata",
    "status",
    "points",
    "possible points",
    "isolation mode",
    "seed",
    "grader digest",
    "problem",
)

# Packages for this leave a full-width sign, or one after a character that a spreadsheet of another
# country takes for the end of a cell, as they are.
_FORMULA = re.compile(r"(^|[\t\r\n;,|\"'])(?=\s*[=+\-@−＝＋－＠﹦﹢﹣﹫])")


def write_gradebook(katas: Sequence[KataRows], path: Path) -> None:
    """Write all rows in UTF-8, with the mark by which Excel knows it, and lines ended by CRLF."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_MINIMAL)
        writer.writerow([*_COLUMNS, *(defuse(each) for each in _name_criteria(katas))])
        writer.writerows(_list_lines(katas))


def defuse(text: str) -> str:
    """Put an apostrophe before each sign that a spreadsheet would take for the start of a formula.

    Excel and LibreOffice then show the whole cell as text, also where they split it differently.
    """
    return _FORMULA.sub(r"\1'", text)


def _name_criteria(katas: Iterable[KataRows]) -> list[str]:
    return [
        f"{each.kata.id}: {criterion.name}" for each in katas for criterion in each.kata.criteria
    ]


def _list_lines(katas: Sequence[KataRows]) -> Iterator[list[str]]:
    before, count = 0, len(_name_criteria(katas))
    for group in katas:
        for row in group.rows:
            cells = [""] * count
            cells[before : before + len(row.earned)] = map(_write_points, row.earned)
            yield [*_list_facts(group, row), *cells]
        before += len(group.kata.criteria)


def _list_facts(group: KataRows, row: Row) -> list[str]:
    return [
        defuse(row.student),
        defuse(row.kata),
        row.status,
        _write_points(row.points),
        _write_points(group.kata.possible_points),
        row.isolation,
        defuse(row.seed),
        row.grader_digest,
        defuse(row.problem),
    ]


def _write_points(points: float | None) -> str:
    return "" if points is None else f"{points:g}"
