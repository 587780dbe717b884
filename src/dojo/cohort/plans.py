"""Plans: what a call of `grade` is to do, with everything checked before anything is graded."""

import argparse
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..catalogue import Catalogue, Kata, find_root
from ..commandline import UsageError
from ..environment import LOCK
from ..reports import Environment, make_harmless
from ..sandbox import Mode, NoMode, choose_mode
from .records import Records
from .rosters import apply_roster
from .runs import Run, RunKata
from .students import Student, list_students, list_visible


@dataclass(frozen=True)
class Plan:
    """One call: which katas of which students, with which inputs, how isolated."""

    root: Path
    submissions: Path
    roster: Path | None
    katas: Sequence[Kata]
    students: Sequence[Student]
    unlisted: Sequence[str]
    name: str
    seed: str
    mode: Mode

    @property
    def total(self) -> int:
        """How many results there will be."""
        return len(self.katas) * len(self.students)

    @property
    def settings(self) -> dict[str, str]:
        """What is known of the run before anything is graded."""
        return {
            "submissions": make_harmless(str(self.submissions)),
            "seed": make_harmless(self.seed),
            "isolation": self.mode.value,
            "lock_digest": _digest_lock(self.root),
        }

    def begin(self, katas: Sequence[RunKata], environment: Environment) -> Run:
        """Describe the run that the plan begins."""
        return Run(
            name=self.name,
            katas=tuple(katas),
            seed=self.seed,
            isolation=environment.isolation,
            dojo=environment.dojo,
            fastapi=environment.fastapi,
            python=environment.python,
            platform=environment.platform,
            lock_digest=_digest_lock(self.root),
            submissions=str(self.submissions),
            roster=str(self.roster or ""),
            unlisted=tuple(self.unlisted),
            students=len(self.students),
            started=datetime.now(UTC),
        )


def make_plan(arguments: argparse.Namespace, records: Records, earlier: Run | None) -> Plan:
    """Make the plan of a call; what it leaves open comes from the run it resumes, if any.

    Raises `UsageError` for whatever would make the run useless.
    """
    if arguments.jobs is not None and arguments.jobs < 1:
        raise UsageError("`--jobs` needs a number of at least 1.")
    root = find_root(Path.cwd())
    submissions = Path(arguments.submissions).absolute()
    students, unlisted = list_students(submissions), list[str]()
    _refuse_inside(records.folder, submissions)
    named = arguments.roster or (earlier.roster if earlier else "")
    roster = Path(named).absolute() if named else None
    if roster is not None:
        students, unlisted = apply_roster(roster, students)
    chosen = arguments.kata or [kata.id for kata in earlier.katas] if earlier else arguments.kata
    return Plan(
        root=root,
        submissions=submissions,
        roster=roster,
        katas=_choose_katas(Catalogue(root), chosen, students),
        students=students,
        unlisted=unlisted,
        name=arguments.name or (earlier.name if earlier else submissions.stem),
        seed=arguments.seed or (earlier.seed if earlier else secrets.token_hex(4)),
        mode=_choose_mode(arguments, earlier),
    )


def _refuse_inside(out: Path, submissions: Path) -> None:
    if submissions.is_dir() and submissions.resolve() in out.resolve().parents:
        raise UsageError(
            f"The results would lie among the submissions in '{submissions}'. Name another folder"
            " with `--out`."
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
        raise UsageError("The submissions do not say of which kata they are. Add `--kata KATA`.")
    return found


def _list_folders(path: Path) -> set[str]:
    """List the names of folders that could be katas: in a submission or in its `exercises`."""
    folders = [path, path / "exercises"]
    return {each.name for folder in folders if folder.is_dir() for each in list_visible(folder)}


def _choose_mode(arguments: argparse.Namespace, earlier: Run | None) -> Mode:
    wanted = arguments.isolation
    if wanted == "auto" and earlier is not None:
        wanted = earlier.isolation
    try:
        mode = choose_mode(None if wanted == "auto" else Mode(wanted))
    except NoMode as error:
        raise UsageError(str(error)) from None
    if not mode.is_for_strangers and not arguments.i_trust_these_submissions:
        raise UsageError(
            f"Isolation '{mode}' does not keep submissions from your files, the network or each"
            " other. Run `nox -s doctor` to see how to get a better one, or add"
            " `--i-trust-these-submissions` if you trust everybody who handed in."
        )
    return mode


def _digest_lock(root: Path) -> str:
    path = root / LOCK
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
