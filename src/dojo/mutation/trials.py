"""Trials: the mutants of a kata's solution graded side by side, and what that says of its grader.

A mutant is killed by the first criterion that it does not pass. It is timed out if each criterion
that it does not pass ended because the submission hung or went over a limit: it was noticed too,
and so counts as killed. A grader must bear any mutant, so a fault of the grader is a defect.
"""

import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ..catalogue import Kata
from ..grading import Options
from ..proof.expected import describe_finding
from ..reports import CriterionResult, Outcome, Report, Status
from ..wall.failures import GraderFault
from ..warm.pool import Job, Pool
from .mutants import Mutant, make_mutants
from .survivors import (
    FILE_NAME,
    SurvivorEntry,
    SurvivorsUnreadable,
    explain,
    make_key,
    read_survivors,
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
    finding: str = ""


@dataclass
class Trial:
    """What was found out about one kata; `reasons` are those of listed survivors, by mutant id."""

    kata: Kata
    seed: str
    results: list[Result] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    defects: list[str] = field(default_factory=list)

    @property
    def survivors(self) -> list[Result]:
        """The mutants that pass every criterion."""
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

    def count_killers(self) -> list[tuple[str, int, int]]:
        """Give each criterion with the mutants it was the first to fail, and to end in an error."""
        counts = Counter((each.criterion, each.outcome) for each in self.results if each.criterion)
        names = dict.fromkeys(name for name, _ in counts)
        rows = [(name, counts[name, Outcome.FAILED], counts[name, Outcome.ERROR]) for name in names]
        return sorted(rows, key=lambda row: (-row[1] - row[2], row[0]))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def try_mutants(kata: Kata, pool: Pool, seed: str) -> Trial:
    """Grade the solution of a kata and all its mutants with one seed."""
    trial = Trial(kata, seed)
    mutants = make_mutants(kata)
    with tempfile.TemporaryDirectory(prefix="dojo-") as scratch:
        sources = write_sources(kata, mutants, Path(scratch))
        futures = [pool.submit(Job(kata, source, Options(seed))) for source in sources]
        solution, *tried = [_read_report(future) for future in futures]
    if isinstance(solution, str) or solution.status is not Status.PASSED:
        trial.defects.append(
            f"The solution itself is not accepted, which says nothing about its mutants. Run "
            f"`dojo check {kata.id} --solution --seed {seed}`."
        )
        return trial
    for mutant, report in zip(mutants, tried, strict=True):
        if isinstance(report, str):
            trial.defects.append(f"{mutant.id}: {report}")
        else:
            trial.results.append(judge(mutant, report))
    _explain_survivors(trial)
    if trial.killed_share < FEWEST_KILLED:
        shares = f"{trial.killed_share:.1%} of the mutants are killed; {FEWEST_KILLED:.0%}"
        trial.defects.append(f"{shares} are the least.")
    return trial


def write_sources(kata: Kata, mutants: Iterable[Mutant], scratch: Path) -> list[Path]:
    """Write a folder for the solution and one for each mutant, to be handed in like any other."""
    files = {name: kata.solution / name for name in kata.file.editable}
    original = {name: path.read_text("utf-8") for name, path in files.items() if path.is_file()}
    sources = []
    for number, changes in enumerate([{}, *({each.file: each.text} for each in mutants)]):
        sources.append(scratch / str(number))
        for name, text in (original | changes).items():
            path = sources[-1] / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return sources


def judge(mutant: Mutant, report: Report) -> Result:
    """Say what became of a mutant, and which criterion noticed it first."""
    noticed = [each for each in report.criteria if each.outcome in _NOTICED]
    if not noticed:
        return Result(mutant, Verdict.SURVIVED)
    verdict = Verdict.TIMED_OUT if all(map(_is_timeout, noticed)) else Verdict.KILLED
    first = noticed[0]
    return Result(mutant, verdict, first.name, first.outcome, describe_finding(first))


def _is_timeout(criterion: CriterionResult) -> bool:
    return criterion.finding is not None and criterion.finding.kind in _TIMES_OUT


def _read_report(future: "Future[Report]") -> Report | str:
    """Give a report, or a sentence if the grader did not bear the submission."""
    try:
        report = future.result()
    except GraderFault as fault:
        return f"Grader fault. {fault}"
    if report.fault is not None:
        return f"Grader fault with seed {report.seed}. {report.fault.details}"
    return report


def _explain_survivors(trial: Trial) -> None:
    try:
        entries = read_survivors(trial.kata)
    except SurvivorsUnreadable as error:
        trial.defects.append(str(error))
        return
    survivors = [each.mutant for each in trial.survivors]
    trial.reasons, stale = explain(survivors, entries)
    for mutant in survivors:
        if mutant.id not in trial.reasons:
            trial.defects.append(f"{mutant.id} survives and is not explained.")
    trial.defects += [_describe_stale(entry, trial.results) for entry in stale]


def _describe_stale(entry: SurvivorEntry, results: Sequence[Result]) -> str:
    same = [each for each in results if make_key(each.mutant) == entry.key]
    listed = f"{FILE_NAME} lists what does not survive (any more): {' '.join(entry.key[2])}"
    if not same:
        return f"{listed} in '{entry.file}' is no mutant within '{entry.within}'."
    return f"{listed} is noticed by '{same[0].criterion}'. Remove the entry."
