"""Rosters: who should have handed in, as learning platforms export it, matched with who did.

A submission is matched by what platforms write into the names of files. Whoever cannot be matched
is told on both sides, with the nearest names: nobody counts as missing in silence.
"""

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..model.errors import UsageError
from ..runner.handins import Student, merge_students, show_name
from ..runner.tables import Row, Table, read_rows, refuse_keys

ROLES = ("id", "name", "email")
"""What a column can be named for with `--roster-columns`."""


@dataclass(frozen=True)
class RosterFormat:
    """How a tool exports its students; names of columns are in lower case.

    `signs` tell it from others. The first of `ids` that is filled in every row is what results call
    somebody; `names` are joined; `number` is what the names of files hold, `account` how they end.
    """

    title: str
    signs: frozenset[str]
    ids: tuple[str, ...]
    names: tuple[str, ...] = ()
    email: str = ""
    number: str = ""
    account: str = ""


FORMATS = (
    RosterFormat(
        "a gradebook of Canvas",
        frozenset({"student", "id", "section"}),
        ids=("sis login id", "sis user id", "id"),
        names=("student",),
        number="id",
    ),
    RosterFormat(
        "a grading worksheet of Moodle",
        frozenset({"identifier", "full name", "grade"}),
        ids=("email address", "id number", "identifier"),
        names=("full name",),
        email="email address",
        number="identifier",
    ),
    RosterFormat(
        "a list of participants of Moodle",
        frozenset({"first name", "last name", "email address"}),
        ids=("email address",),
        names=("first name", "last name"),
        email="email address",
        number="id number",
    ),
    RosterFormat(
        "a list of participants of Moodle",
        frozenset({"first name", "surname", "email address"}),
        ids=("email address",),
        names=("first name", "surname"),
        email="email address",
        number="id number",
    ),
    RosterFormat(
        "a roster of Gradescope",
        frozenset({"first name", "last name", "sid", "email"}),
        ids=("sid", "email"),
        names=("first name", "last name"),
        email="email",
    ),
    RosterFormat(
        "a roster of Gradescope",
        frozenset({"name", "sid", "email"}),
        ids=("sid", "email"),
        names=("name",),
        email="email",
    ),
    RosterFormat(
        "a roster of GitHub Classroom",
        frozenset({"identifier", "github_username"}),
        ids=("identifier",),
        names=("name",),
        account="github_username",
    ),
    RosterFormat(
        "grades of GitHub Classroom",
        frozenset({"roster_identifier", "github_username"}),
        ids=("roster_identifier", "github_username"),
        account="github_username",
    ),
    RosterFormat(
        "a gradebook of Blackboard",
        frozenset({"last name", "first name", "username"}),
        ids=("username", "student id"),
        names=("first name", "last name"),
        number="student id",
    ),
    RosterFormat("a roster", frozenset({"student"}), ids=("student",), names=("name",)),
)
"""The formats that are recognised, those with more columns first."""


@dataclass(frozen=True)
class RosterEntry:
    """One student: what results call them, and what else they are called."""

    id: str
    name: str = ""
    email: str = ""
    number: str = ""
    account: str = ""


@dataclass(frozen=True)
class Roster:
    """All students of a roster; `description` says in a sentence how it was read."""

    entries: tuple[RosterEntry, ...]
    description: str
    key: str
    """The column that holds the ids of the entries, in lower case."""


def read_columns(pairs: Iterable[str]) -> dict[str, str]:
    """Read names of columns given as `id=Login`; `UsageError` for anything else."""
    columns = {}
    for pair in pairs:
        role, sign, column = pair.partition("=")
        if role not in ROLES or not sign or not column.strip():
            raise UsageError(
                f"`--roster-columns {pair}` does not fit. "
                "Write id=COLUMN, and name=COLUMN or email=COLUMN where there are such."
            )
        columns[role] = column.strip().casefold()
    if columns and "id" not in columns:
        raise UsageError("`--roster-columns` names no id. Add id=COLUMN.")
    return columns


def read_roster(path: Path, columns: Mapping[str, str] | None = None) -> Roster:
    """Read a roster in a format that is recognised, or with the columns that are named.

    Rows of a platform that are no students are passed over. Raises `UsageError` for a bad file.
    """
    table = read_rows(path)
    found = _take_columns(path, table, columns) if columns else _recognise(path, table)
    rows = [(line, row) for line, row in table.rows if not _is_no_student(row, found)]
    key = _choose_id(found, rows)
    refuse_keys(path, [(line, row[key]) for line, row in rows])
    entries = tuple(_make_entry(row, key, found) for _, row in rows)
    names = [each for each in found.names if each in table.header]
    told = f", '{' '.join(table.title(each) for each in names)}' the name" if names else ""
    return Roster(
        entries,
        f"'{path.name}' is read as {found.title}: '{table.title(key)}' is the student{told}.",
        key,
    )


def _take_columns(path: Path, table: Table, columns: Mapping[str, str]) -> RosterFormat:
    for column in columns.values():
        if column not in table.header:
            raise UsageError(
                f"'{path}' has no column '{column}'. Its columns are: {', '.join(table.titles)}."
            )
    return RosterFormat(
        "a roster",
        frozenset(),
        ids=(columns["id"],),
        names=(columns["name"],) if "name" in columns else (),
        email=columns.get("email", ""),
    )


def _recognise(path: Path, table: Table) -> RosterFormat:
    for each in FORMATS:
        if each.signs <= set(table.header):
            doubled = next((name for name in each.signs if table.header.count(name) > 1), None)
            if doubled is not None:
                raise UsageError(f"'{path}' has the column '{doubled}' twice. Leave one out.")
            return each
    titles = ", ".join(table.titles) or "none"
    raise UsageError(
        f"'{path}' has no column 'student', and is no export of a learning platform that is known."
        f" Its columns are: {titles}. Name one: `--roster-columns id=COLUMN`."
    )


def _is_no_student(row: Row, found: RosterFormat) -> bool:
    """Tell whether a row of Canvas holds points, or its student for tests, and no person."""
    if found.number != "id":
        return False
    return not row.get("id") or row["student"].casefold() == "student, test"


def _choose_id(found: RosterFormat, rows: Sequence[tuple[int, Row]]) -> str:
    """Choose the first column that names everybody; if none does, the first that is there."""
    there = [name for name in found.ids if rows and name in rows[0][1]]
    full = [name for name in there if all(row[name] for _, row in rows)]
    return (full or there or [found.ids[0]])[0]


_DIGITS = re.compile(r"\d+$")


def _make_entry(row: Row, key: str, found: RosterFormat) -> RosterEntry:
    number = row.get(found.number, "")
    digits = _DIGITS.search(number)  # Moodle writes "Participant 1815"
    return RosterEntry(
        show_name(row[key]),
        " ".join(filter(None, (row.get(each, "") for each in found.names))),
        row.get(found.email, ""),
        digits[0] if digits else "",
        row.get(found.account, ""),
    )


@dataclass(frozen=True)
class Match:
    """Everybody who is to have a result: those of the roster in its order, then all others."""

    students: tuple[Student, ...]
    unlisted: tuple[str, ...]
    """Names that submissions have and nobody on the roster."""
    absent: tuple[str, ...]
    """Students of the roster without a submission."""
    nearest: Mapping[str, tuple[str, ...]]
    """By unlisted name, those of the absent that it may mean."""

    def describe(self) -> Iterator[str]:
        """Say who could not be matched, a sentence each."""
        for name in self.unlisted:
            near = " or ".join(f"'{each}'" for each in self.nearest[name])
            if near:
                yield f"'{name}' is not on the roster. The nearest without a submission: {near}."
        if self.absent:
            shown = ", ".join(f"'{each}'" for each in self.absent[:_SHOWN])
            more = len(self.absent) - _SHOWN
            yield f"On the roster, without a submission: {shown}" + (
                f" and {more} more." if more > 0 else "."
            )


_SHOWN = 10
_NEAR = 0.6
_MOST_NEAR = 2


def find_owners(roster: Roster, students: Sequence[Student]) -> dict[str, str | None]:
    """Find whom of a roster each name means; none if nobody, or more than one, is meant."""
    index = _Index(roster.entries)
    return {each.name: index.find(each) for each in students}


def match_students(roster: Roster, students: Sequence[Student]) -> Match:
    """Match submissions with a roster; a name that two students share says nothing."""
    find_owner = _Index(roster.entries).find
    owners = [find_owner(each) for each in students]
    listed = [Student(entry.id) for entry in roster.entries]
    unlisted = []
    for student, owner in zip(students, owners, strict=True):
        if owner is None:
            unlisted.append(student)
        else:
            listed.append(replace(student, name=owner))
    absent = [entry for entry in roster.entries if entry.id not in set(owners)]
    return Match(
        (*merge_students(listed), *unlisted),
        tuple(each.name for each in unlisted),
        tuple(entry.id for entry in absent),
        {each.name: tuple(_find_nearest(each.name, absent)) for each in unlisted},
    )


_Words = Callable[[RosterEntry], Iterable[str]]


class _Index:
    """Finds the student of a roster that a submission belongs to."""

    def __init__(self, entries: Sequence[RosterEntry]) -> None:
        self._exact = {entry.id for entry in entries}
        self._numbers = _collect(entries, lambda entry: [entry.number])
        self._accounts = _collect(entries, lambda entry: [entry.account.casefold()])
        self._words = [
            _collect(entries, lambda entry: [_fold(entry.id)]),
            _collect(entries, lambda entry: map(_fold, _list_names(entry))),
            _collect(entries, lambda entry: [_fold(entry.email), _fold(_cut_domain(entry.email))]),
            _collect(entries, lambda entry: map(_squash, _list_names(entry))),
        ]

    def find(self, student: Student) -> str | None:
        """Give the id; none if nobody, or more than one, is meant."""
        if student.name in self._exact:
            return student.name
        if student.number and (owner := _choose(self._numbers, student.number)):
            return owner
        folded, squashed = _fold(student.name), _squash(student.name)
        for index, word in zip(self._words, (folded, folded, folded, squashed), strict=True):
            if owner := _choose(index, word):
                return owner
        if student.number in self._exact:
            return student.number
        return self._find_account(folded) or self._find_account(_AGAIN.sub("", folded))

    def _find_account(self, name: str) -> str | None:
        ends = [ids for account, ids in self._accounts.items() if _ends(name, account)]
        return next(iter(ends[0])) if len(ends) == 1 and len(ends[0]) == 1 else None


def _collect(entries: Sequence[RosterEntry], list_words: _Words) -> dict[str, set[str]]:
    index = defaultdict(set)
    for entry in entries:
        for word in filter(None, list_words(entry)):
            index[word].add(entry.id)
    return dict(index)


def _choose(index: Mapping[str, set[str]], word: str) -> str | None:
    found = index.get(word, set())
    return next(iter(found)) if len(found) == 1 else None


_AGAIN = re.compile(r"-\d+$")  # GitHub Classroom numbers a second repository of one name


def _ends(name: str, account: str) -> bool:
    """Tell whether a repository is called by an account, as `homework-1-ada`."""
    return name == account or name.endswith(f"-{account}")


def _list_names(entry: RosterEntry) -> list[str]:
    """List a name in both orders, where it is written as 'Lovelace, Ada'."""
    last, comma, first = entry.name.partition(",")
    return [entry.name, f"{first.strip()} {last.strip()}"] if comma else [entry.name]


def _cut_domain(email: str) -> str:
    return email.partition("@")[0]


def _fold(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _squash(name: str) -> str:
    """Keep letters and digits alone, as Canvas does in the names of files."""
    return "".join(each for each in _fold(name) if each.isalnum())


def _find_nearest(name: str, absent: Sequence[RosterEntry]) -> list[str]:
    by_word = {
        _squash(word): entry.id
        for entry in absent
        for word in (entry.id, *_list_names(entry), _cut_domain(entry.email))
        if word
    }
    near = difflib.get_close_matches(_squash(name), by_word, n=_MOST_NEAR * 2, cutoff=_NEAR)
    return list(dict.fromkeys(by_word[each] for each in near))[:_MOST_NEAR]
