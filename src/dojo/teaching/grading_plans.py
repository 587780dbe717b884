"""Grading plans: what a call of `grade` asks for, with everything checked before it begins."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ..model.catalogue import Catalogue, Kata, find_root
from ..model.errors import UsageError
from ..model.marking import Marking
from ..runner.attempts import AttemptRule
from ..runner.cohort_grading import Plan
from ..runner.cohort_records import Records, Run
from ..runner.handins import Student, list_students, list_visible, show_name
from ..runner.sandbox import Mode, choose_mode
from .rosters import match_students, read_columns, read_roster


@dataclass(frozen=True)
class GradingRequest:
    """What a call of `grade` or `regrade` asks for; what it leaves open is `None` or empty."""

    submissions: str
    katas: Sequence[str]
    name: str | None
    roster: str | None
    roster_columns: Sequence[str]
    marking: Marking | None
    jobs: int | None
    resume: bool
    seed: str | None
    isolation: str
    is_trusted: bool
    executor: str | None
    attempt: str | None = None


def make_plan(request: GradingRequest, records: Records, earlier: Run | None) -> Plan:
    """Make the plan of a call; what it leaves open comes from the run it resumes, if any.

    Raises `UsageError` for whatever would make the run useless.
    """
    if request.jobs is not None and request.jobs < 1:
        raise UsageError("`--jobs` needs a number of at least 1.")
    root = find_root(Path.cwd())
    submissions = Path(request.submissions).absolute()
    students = list_students(submissions)
    unlisted: Sequence[str] = ()
    notices: list[str] = []
    _refuse_inside(records.folder, submissions)
    _refuse_seven_zips(students)
    columns = request.roster_columns or (earlier.roster_columns if earlier else ())
    named = request.roster or (earlier.roster if earlier else "")
    roster = Path(named).absolute() if named else None
    if roster is not None:
        listed = read_roster(roster, read_columns(columns))
        match = match_students(listed, students)
        students, unlisted = list(match.students), match.unlisted
        notices = [listed.description, *match.describe()]
    chosen = request.katas or [kata.id for kata in earlier.katas] if earlier else request.katas
    return Plan(
        root=root,
        submissions=submissions,
        roster=roster,
        katas=_choose_katas(Catalogue(root), chosen, students),
        students=students,
        unlisted=unlisted,
        roster_columns=columns,
        marking=request.marking or (earlier.marking if earlier else Marking()),
        attempt=AttemptRule(request.attempt or (earlier.attempt if earlier else "latest")),
        notices=notices,
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


def _refuse_seven_zips(students: Sequence[Student]) -> None:
    """Refuse 7z archives where the package that reads them is missing, before all are graded."""
    if find_spec("py7zr") is not None:
        return
    for student in students:
        for attempt in student.attempts:
            path = attempt.path
            inside = list_visible(path) if path.is_dir() and not path.is_symlink() else [path]
            found = next((each for each in inside if each.suffix.casefold() == ".7z"), None)
            if found is not None:
                raise UsageError(
                    f"'{show_name(found.name)}' of '{student.name}' is a 7z archive, and the"
                    " package that reads these is missing. Run `nox -s archives` once. Then run"
                    " the same command again."
                )


def _choose_katas(
    catalogue: Catalogue, names: Sequence[str], students: Sequence[Student]
) -> list[Kata]:
    """Find the katas that are named; without a name, those that somebody's folder names."""
    if names:
        return catalogue.select(names)
    present = {
        name
        for student in students
        for attempt in student.attempts
        for name in _list_folders(attempt.path)
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
