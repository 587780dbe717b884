"""Mutation trials: which mutants of a solution its grader lets through, and which may.

    [[survivor]]
    file = "app/main.py"
    within = "create_order"
    change = '''
    -    if pieces > limit:
    +    if pieces >= limit:
    '''
    why = "No order can be placed that reaches the limit exactly."

A survivor that is listed is found by what the change takes away and puts in, not by a line number,
so the entry outlives changes elsewhere in the file. Parts of the engine are tried alike: a
`[[part]]` in `tests/parts.toml` says which modules are mutated, and which tests have to notice it.
"""

import random
import shlex
import shutil
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from pathlib import Path

import libcst as cst
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..harness.temporary_folders import open_temporary_folder
from ..model.catalogue import Kata
from ..model.errors import UsageError
from ..model.reports import CriterionResult, Outcome, Report, Status
from ..runner.grading import Job, Options
from ..runner.pool import Pool
from .forked_tests import Ended, PartRejected, try_all
from .mutants import Mutant, Reading, list_changes, make_mutants, mutate_file
from .verification import read_report

FILE_NAME = "survivors.toml"

Key = tuple[str, str, tuple[str, ...]]


class SurvivorEntry(BaseModel):
    """One `[[survivor]]`: where it is, what it changes, and why it may survive.

    `within` is the dotted name of the function or class, empty outside of them. `change` holds the
    lines of a diff that begin with `-` or `+`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    within: str = ""
    change: str = Field(min_length=2)
    why: str = Field(min_length=20)

    @property
    def key(self) -> Key:
        """What a mutant must have in common with the entry."""
        return self.file, self.within, select_changed(self.change.splitlines())


class SurvivorsFile(BaseModel):
    """The contents of a `survivors.toml`; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    survivor: tuple[SurvivorEntry, ...] = ()


class SurvivorsUnreadable(Exception):
    """A `survivors.toml` that cannot be read; the message says why."""


def read_survivors(kata: Kata) -> tuple[SurvivorEntry, ...]:
    """Read the survivors that a kata lists; none without a file."""
    return read_entries(kata.grader / FILE_NAME)


def read_entries(path: Path) -> tuple[SurvivorEntry, ...]:
    """Read a list of survivors; `SurvivorsUnreadable` if it is not as it should be."""
    if not path.is_file():
        return ()
    try:
        return SurvivorsFile.model_validate(tomllib.loads(path.read_text("utf-8"))).survivor
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        text = " ".join(str(error).split())
        name = f"{path.parent.name}/{path.name}"
        raise SurvivorsUnreadable(f"'{name}' cannot be read: {text}") from None


def explain(
    survivors: Iterable[Mutant], entries: Sequence[SurvivorEntry]
) -> tuple[dict[str, str], list[SurvivorEntry]]:
    """Give the reason for each survivor that has one, by its id, and the entries left over.

    An entry explains one mutant: the same change made twice within a function takes two.
    """
    left = list(entries)
    reasons: dict[str, str] = {}
    for mutant in survivors:
        entry = next((each for each in left if each.key == make_key(mutant)), None)
        if entry is not None:
            left.remove(entry)
            reasons[mutant.id] = entry.why
    return reasons, left


def make_key(mutant: Mutant) -> Key:
    """Give what an entry must have in common with a mutant."""
    return mutant.file, mutant.within, select_changed(mutant.diff[2:])


def select_changed(lines: Iterable[str]) -> tuple[str, ...]:
    """Give the removed and added lines of a diff, without indentation and without context."""
    return tuple(
        f"{line[0]}{' '.join(line[1:].split())}" for line in lines if line[:1] in {"-", "+"}
    )


FEWEST_KILLED = 0.95
"""The share of all mutants that a grader has to kill."""

_NOTICED = (Outcome.FAILED, Outcome.ERROR)
_TIMES_OUT = {"hang", "limit"}


class Verdict(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    TIMED_OUT = "timed out"


@dataclass(frozen=True)
class Result:
    """One mutant: `criterion` is the first that noticed it, `outcome` how that criterion ended."""

    mutant: Mutant
    verdict: Verdict
    criterion: str = ""
    outcome: Outcome | None = None


@dataclass(kw_only=True)
class Judgement:
    """What became of some mutants; `reasons` are those of listed survivors, by mutant id."""

    results: list[Result] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    defects: list[str] = field(default_factory=list)

    @property
    def survivors(self) -> list[Result]:
        """The mutants that nothing noticed."""
        return [each for each in self.results if each.verdict is Verdict.SURVIVED]

    @property
    def killed_share(self) -> float:
        """Killed of all mutants, from 0 to 1; without a mutant there is nothing to miss."""
        return _share(len(self.results) - len(self.survivors), len(self.results))

    @property
    def killed_share_unexplained(self) -> float:
        """Killed of the mutants that are not listed as survivors, from 0 to 1."""
        explained = len(self.reasons)
        return _share(len(self.results) - len(self.survivors), len(self.results) - explained)

    def conclude(self, entries: Sequence[SurvivorEntry], listed_in: str, fewest: float) -> None:
        """Find the reasons of the survivors, and what is a defect of the tests or of their list."""
        survivors = [each.mutant for each in self.survivors]
        self.reasons, stale = explain(survivors, entries)
        unexplained = [each.id for each in survivors if each.id not in self.reasons]
        self.defects += [f"{each} survives and is not explained." for each in unexplained]
        self.defects += [_describe_stale(entry, self.results, listed_in) for entry in stale]
        if self.killed_share < fewest:
            shares = f"{self.killed_share:.1%} of the mutants are killed; {fewest:.0%}"
            self.defects.append(f"{shares} are the least.")


@dataclass
class Trial(Judgement):
    """What was found out about the grader of one kata."""

    kata: Kata
    seed: str

    def count_killers(self) -> list[tuple[str, int, int]]:
        """Give each criterion with the mutants it was the first to fail, and to end in an error."""
        counts = Counter((each.criterion, each.outcome) for each in self.results if each.criterion)
        names = dict.fromkeys(name for name, _ in counts)
        rows = [(name, counts[name, Outcome.FAILED], counts[name, Outcome.ERROR]) for name in names]
        return sorted(rows, key=lambda row: (-row[1] - row[2], row[0]))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def try_mutants(kata: Kata, pool: Pool, seed: str) -> Trial:
    """Grade the solution of a kata and then all its mutants, with one seed."""
    trial = Trial(kata, seed)
    options = Options(seed)
    solution = read_report(pool.submit(Job(kata, kata.solution, options)))
    if isinstance(solution, str) or solution.status is not Status.PASSED:
        trial.defects.append(
            f"The solution itself is not accepted, which says nothing about its mutants. Run "
            f"`nox -s check -- {kata.id} --solution --seed {shlex.quote(seed)}`."
        )
        return trial
    with open_temporary_folder() as scratch:
        mutants = make_mutants(kata)
        jobs = [Job(kata, source, options) for source in write_sources(kata, mutants, scratch)]
        futures = [pool.submit(job) for job in jobs]
        for mutant, future in zip(mutants, futures, strict=True):
            report = read_report(future)
            if isinstance(report, str):
                trial.defects.append(f"{mutant.id}: {report}")
            else:
                trial.results.append(judge(mutant, report))
    conclude(trial)
    return trial


def write_sources(kata: Kata, mutants: Iterable[Mutant], scratch: Path) -> list[Path]:
    """Write a folder for each mutant, to be handed in like any other submission."""
    sources = []
    for number, mutant in enumerate(mutants, 1):
        source = Path(scratch, str(number))
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(kata.solution / "app", source / "app", ignore=ignore)
        (source / mutant.file).write_text(mutant.text, "utf-8")
        sources.append(source)
    return sources


def judge(mutant: Mutant, report: Report) -> Result:
    """Say what became of a mutant, and which criterion noticed it first."""
    noticed = [each for each in report.criteria if each.outcome in _NOTICED]
    if not noticed:
        return Result(mutant, Verdict.SURVIVED)
    verdict = Verdict.TIMED_OUT if all(map(_is_timeout, noticed)) else Verdict.KILLED
    first = noticed[0]
    return Result(mutant, verdict, first.name, first.outcome)


def _is_timeout(criterion: CriterionResult) -> bool:
    return criterion.finding is not None and criterion.finding.kind in _TIMES_OUT


def conclude(trial: Trial) -> None:
    """Judge a grader by what became of the mutants, and by the survivors that its kata lists."""
    try:
        entries = read_survivors(trial.kata)
    except SurvivorsUnreadable as error:
        trial.defects.append(str(error))
        return
    trial.conclude(entries, FILE_NAME, FEWEST_KILLED)


def _describe_stale(entry: SurvivorEntry, results: Sequence[Result], listed_in: str) -> str:
    same = [each for each in results if make_key(each.mutant) == entry.key]
    listed = f"{listed_in} lists what does not survive (any more): {' '.join(entry.key[2])}"
    if not same:
        return f"{listed} in '{entry.file}' is no mutant within '{entry.within}'."
    noticed = f"noticed by '{same[0].criterion}'" if same[0].criterion else "noticed by the tests"
    return f"{listed} is {noticed}. Remove the entry."


PARTS_FILE = "tests/parts.toml"
SURVIVORS_FILE = "tests/survivors.toml"
FEWEST_KILLED_IN_ENGINE = 0.9
"""The share of a part's mutants that its tests have to kill."""


class Part(BaseModel):
    """A part of the engine; paths are relative to the root of the repository."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


class PartsFile(BaseModel):
    """The contents of `tests/parts.toml`; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    part: tuple[Part, ...]


def select_parts(root: Path, names: Sequence[str]) -> list[Part]:
    """Give the parts with these names, or all; `UsageError` for a name that none has."""
    path = root / PARTS_FILE
    if not path.is_file():
        raise UsageError(f"There is no '{PARTS_FILE}' here. Run this in the whole repository.")
    parts = {each.name: each for each in PartsFile.model_validate(_read(path)).part}
    for name in names:
        if name not in parts:
            listed = ", ".join(parts)
            raise UsageError(f"The engine has no part '{name}'. Name one or more of: {listed}.")
    return [parts[name] for name in names or parts]


def _read(path: Path) -> dict[str, object]:
    return tomllib.loads(path.read_text("utf-8"))


def mutate_module(root: Path, module: str) -> list[Mutant]:
    """Make the mutants of one module of the engine, from top to bottom."""
    source = (root / module).read_text("utf-8")
    changes = list_changes(cst.parse_module(source), Reading("", frozenset()))
    return mutate_file(module, source, changes)


@dataclass(frozen=True)
class Sample:
    """So many of a part's mutants, drawn with a seed; all of them if there are no more."""

    size: int
    seed: str

    def draw(self, mutants: Sequence[Mutant]) -> list[Mutant]:
        """Draw some of the mutants; they stay in their order."""
        size = min(self.size, len(mutants))
        places = random.Random(self.seed).sample(range(len(mutants)), size)
        return [mutants[place] for place in sorted(places)]


def try_part(
    root: Path,
    part: Part,
    sample: Sample | None = None,
    tell: Callable[[int], object] | None = None,
) -> Judgement:
    """Run the tests of a part against each of its mutants, or a sample; those that reach it.

    `tell` is called after each run, with the number of those that are left.
    """
    judgement = Judgement()
    mutants = [mutant for module in part.modules for mutant in mutate_module(root, module)]
    mutants = sample.draw(mutants) if sample else mutants
    tried = count(1)

    def count_down(ended: Ended) -> None:
        del ended
        if tell is not None:
            tell(len(mutants) - next(tried))

    try:
        entries = read_entries(root / SURVIVORS_FILE)
        ended = try_all(root, part.tests, mutants, count_down)
    except (PartRejected, SurvivorsUnreadable) as error:
        judgement.defects.append(str(error))
        return judgement
    judgement.results += map(_judge, ended)
    own = [each for each in entries if each.file in part.modules]
    if sample:  # an entry whose mutant was not drawn says nothing
        survivors = {make_key(each.mutant) for each in judgement.survivors}
        own = [each for each in own if each.key in survivors]
    judgement.conclude(own, SURVIVORS_FILE, FEWEST_KILLED_IN_ENGINE)
    return judgement


def _judge(ended: Ended) -> Result:
    verdict = Verdict.KILLED if ended.noticed else Verdict.SURVIVED
    return Result(ended.mutant, Verdict.TIMED_OUT if ended.late else verdict)
