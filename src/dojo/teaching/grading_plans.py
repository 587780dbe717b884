"""Grading plans: what a call of `grade` asks for, with everything checked before it begins.

Who should have handed in is matched with who did. A roster is a CSV file with the column `student`,
which is how results call somebody, and perhaps `name`, which is how a learning platform calls the
same person; other columns are passed over.
"""

import secrets
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..model.catalogue import Catalogue, Kata, find_root
from ..model.errors import UsageError
from ..runner.cohort_grading import Plan
from ..runner.cohort_records import Records, Run
from ..runner.handins import (
    Row,
    Student,
    list_students,
    list_visible,
    merge_students,
    read_table,
    show_name,
)
from ..runner.sandbox import Mode, choose_mode


@dataclass(frozen=True)
class GradingRequest:
    """What a call of `grade` or `regrade` asks for; what it leaves open is `None` or empty."""

    submissions: str
    katas: Sequence[str]
    name: str | None
    roster: str | None
    jobs: int | None
    resume: bool
    seed: str | None
    isolation: str
    is_trusted: bool
    executor: str | None


def make_plan(request: GradingRequest, records: Records, earlier: Run | None) -> Plan:
    """Make the plan of a call; what it leaves open comes from the run it resumes, if any.

    Raises `UsageError` for whatever would make the run useless.
    """
    if request.jobs is not None and request.jobs < 1:
        raise UsageError("`--jobs` needs a number of at least 1.")
    root = find_root(Path.cwd())
    submissions = Path(request.submissions).absolute()
    students, unlisted = list_students(submissions), list[str]()
    _refuse_inside(records.folder, submissions)
    named = request.roster or (earlier.roster if earlier else "")
    roster = Path(named).absolute() if named else None
    if roster is not None:
        students, unlisted = apply_roster(roster, students)
    chosen = request.katas or [kata.id for kata in earlier.katas] if earlier else request.katas
    return Plan(
        root=root,
        submissions=submissions,
        roster=roster,
        katas=_choose_katas(Catalogue(root), chosen, students),
        students=students,
        unlisted=unlisted,
        name=request.name or (earlier.name if earlier else submissions.stem),
        seed=request.seed or (earlier.seed if earlier else secrets.token_hex(4)),
        mode=_choose_mode(request, earlier),
    )


def _refuse_inside(out: Path, submissions: Path) -> None:
    if submissions.is_dir() and submissions.resolve() in out.resolve().parents:
        raise UsageError(
            f"The results cannot be written into the folder of the submissions, '{submissions}'."
            " Name another folder with `--out`."
        )


def _choose_katas(
    catalogue: Catalogue, names: Sequence[str], students: Sequence[Student]
) -> list[Kata]:
    """Find the katas that are named; without a name, those that somebody's folder names."""
    if names:
        return catalogue.select(names)
    present = {
        name for student in students for path in student.paths for name in _list_folders(path)
    }
    found = [kata for kata in catalogue.katas if kata.id in present]
    if not found:
        raise UsageError(
            "The names of the submissions do not say which kata they are. Add `--kata KATA`."
        )
    return found


def _list_folders(path: Path) -> set[str]:
    """List the names of folders that could be katas: in a submission or in its `exercises`."""
    folders = [path, path / "exercises"]
    return {each.name for folder in folders if folder.is_dir() for each in list_visible(folder)}


def _choose_mode(request: GradingRequest, earlier: Run | None) -> Mode:
    wanted = request.isolation
    if wanted == "auto" and earlier is not None:
        wanted = earlier.isolation
    mode = choose_mode(None if wanted == "auto" else Mode(wanted))
    if not mode.is_for_strangers and not request.is_trusted:
        raise UsageError(
            f"Isolation '{mode}' does not separate submissions from your files, the network and"
            " each other. Run `nox -s doctor` to see how to get a better one, or add"
            " `--i-trust-these-submissions` if you trust everybody who handed in."
        )
    return mode


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
