"""Equivalence trials: whether a grader passes what behaves the same and is written otherwise.

It grades each equivalent. Of one that does not pass it grades the answer that it was made from once
more, with the same seed: where that fails too, the transformation is not to blame.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from ..harness.temporary_folders import open_temporary_folder
from ..model.catalogue import Kata
from ..model.reports import CriterionResult, Outcome, Report
from ..runner.grading import Job, Options
from ..runner.pool import Pool
from .cases import list_right_answers, read_app
from .equivalents import Equivalent, make_equivalents
from .grading_paths import read_report


@dataclass(frozen=True)
class Refusal:
    """An equivalent that does not pass: the criteria, or the `fault` of a grader without a report.

    `unchanged_too` tells whether the answer that it was made from fails with the same seed.
    """

    equivalent: Equivalent
    criteria: tuple[CriterionResult, ...] = ()
    fault: str = ""
    unchanged_too: bool = False

    @property
    def is_broken(self) -> bool:
        """Whether no criterion could ask it anything: as a rule it cannot be imported."""
        return bool(self.criteria) and all(_is_import_error(each) for each in self.criteria)


@dataclass
class EquivalenceTrial:
    """What became of the equivalents of one kata; `made` and `passed` count by transformation."""

    kata: Kata
    seed: str
    made: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)


def try_equivalents(kata: Kata, pool: Pool, seed: str) -> EquivalenceTrial:
    """Grade all equivalents of a kata with one seed, which also draws the places of changes."""
    trial = EquivalenceTrial(kata, seed)
    with open_temporary_folder() as scratch:

        def submit(source: Path) -> "Future[Report]":
            return pool.submit(Job(kata, source, Options(seed=seed)))

        answers = list_right_answers(kata, scratch)
        made = list(make_equivalents(kata, answers, seed))
        futures = [
            submit(_write(each, Path(scratch) / "equivalents" / str(number)))
            for number, each in enumerate(made)
        ]
        for equivalent, future in zip(made, futures, strict=True):
            trial.made[equivalent.transformation] += 1
            refusal = _judge(equivalent, future, submit)
            if refusal is None:
                trial.passed[equivalent.transformation] += 1
            else:
                trial.refusals.append(refusal)
    return trial


def _write(equivalent: Equivalent, folder: Path) -> Path:
    """Write an equivalent with the files of its answer that it does not change."""
    for path, text in (read_app(equivalent.answer.source) | dict(equivalent.changed)).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8", "surrogateescape")
    return folder


def _judge(
    equivalent: Equivalent,
    future: "Future[Report]",
    submit: Callable[[Path], "Future[Report]"],
) -> Refusal | None:
    failed = _list_failed(future)
    if not failed:
        return None
    unchanged = bool(_list_failed(submit(equivalent.answer.source)))
    if isinstance(failed, str):
        return Refusal(equivalent, fault=failed, unchanged_too=unchanged)
    return Refusal(equivalent, failed, unchanged_too=unchanged)


def _list_failed(future: "Future[Report]") -> tuple[CriterionResult, ...] | str:
    """List the criteria that fail or end in an error; a sentence where there is no report."""
    report = read_report(future)
    if isinstance(report, str):
        return report
    return tuple(each for each in report.criteria if each.outcome in _REFUSING)


_REFUSING = (Outcome.FAILED, Outcome.ERROR)


def _is_import_error(criterion: CriterionResult) -> bool:
    return criterion.finding is not None and criterion.finding.kind == "import"
