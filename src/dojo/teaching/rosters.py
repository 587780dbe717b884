"""Rosters: who should have handed in, matched with who did.

A roster is a CSV file with the column `student`, which is how results call somebody, and perhaps
`name`, which is how a learning platform calls the same person; other columns are passed over.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ..runner.handins import Row, Student, merge_students, read_table, show_name

_COLUMNS = ("student",)


def apply_roster(path: Path, students: Sequence[Student]) -> tuple[list[Student], list[str]]:
    """Give everybody on the roster in its order, then those who are not on it, who are named too.

    A submission belongs to the row whose `student` it is called by, letter for letter; else to the
    only row whose `student` or `name` is the same but for case, spaces and Unicode form, or whose
    `student` is the number that a learning platform gave. Raises `UsageError` for a bad file.
    """
    rows = [{**row, "student": show_name(row["student"])} for row in read_table(path, _COLUMNS)]
    find_owner = _index(rows)
    owners = [find_owner(each) for each in students]
    listed = [Student(row["student"]) for row in rows]
    unlisted = []
    for student, owner in zip(students, owners, strict=True):
        if owner is None:
            unlisted.append(student)
        else:
            listed.append(replace(student, name=owner))
    return [*merge_students(listed), *unlisted], [each.name for each in unlisted]


def _index(rows: Sequence[Row]) -> Callable[[Student], str | None]:
    exact = {row["student"] for row in rows}
    alike, named = defaultdict(set), defaultdict(set)
    for row in rows:
        alike[_fold(row["student"])].add(row["student"])
        named[_fold(row.get("name", ""))].add(row["student"])

    def find_owner(student: Student) -> str | None:
        if student.name in exact:
            return student.name
        for found in (alike[_fold(student.name)], named[_fold(student.name)]):
            if len(found) == 1:
                return next(iter(found))
        return student.number if student.number in exact else None

    return find_owner


def _fold(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
