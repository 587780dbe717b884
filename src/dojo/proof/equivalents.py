"""Equivalents: right answers that are made from others by changes that keep their behaviour.

A grader that refuses one of them refuses how it is written and not what it does. A trial grades
each equivalent. Of one that does not pass it grades the answer that it was made from once more,
with the same seed: where that fails too, the transformation is not to blame.
"""

import difflib
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import libcst as cst

from ..harness.temporary_folders import open_temporary_folder
from ..model.catalogue import Kata
from ..model.reports import CriterionResult, Outcome, Report
from ..runner.grading import Job, Options
from ..runner.pool import Pool
from . import (
    equivalent_modules,
    equivalent_signatures,
    equivalent_structures,
)
from .answer_sources import AnswerSources, Places
from .cases import Case, list_right_answers, read_app, read_reference
from .equivalent_modules import HABITS
from .verification import read_report

Transformation = Callable[[AnswerSources, Places], Mapping[str, str]]
"""Gives the modules that a change writes anew, and leaves the others as they are."""

ModuleTransformation = Callable[[cst.Module, AnswerSources, Places], cst.Module]


@dataclass(frozen=True)
class Equivalent:
    """An answer and what one transformation makes of it: at one `place`, or wherever it fits.

    `changed` holds the files that are written anew, path to text; `before` those they replace.
    """

    answer: Case
    transformation: str
    place: str
    before: Mapping[str, str]
    changed: Mapping[str, str]

    @property
    def name(self) -> str:
        """What tells it from every other one of its kata."""
        return " ".join([self.answer.name, self.transformation, self.place]).rstrip()

    @property
    def diff(self) -> list[str]:
        """The lines of a unified difference, file by file."""
        return [
            line
            for path, text in self.changed.items()
            for line in difflib.unified_diff(
                self.before.get(path, "").splitlines(),
                text.splitlines(),
                f"{self.answer.name}/{path}",
                f"{self.transformation}/{path}",
                n=1,
                lineterm="",
            )
        ]


def _change_modules(
    change: ModuleTransformation, sources: AnswerSources, places: Places
) -> dict[str, str]:
    written = {}
    for path, text in sources.own.items():
        places.file = path
        code = change(cst.parse_module(text), sources, places).code
        if code != text:
            written[path] = code
    return written


_OF_MODULES: Mapping[str, Sequence[ModuleTransformation]] = {
    "app": (
        equivalent_signatures.make_asynchronous,
        equivalent_signatures.make_synchronous,
        equivalent_signatures.write_defaults,
        equivalent_signatures.write_annotated,
        equivalent_signatures.write_response_models,
        equivalent_signatures.write_return_annotations,
        equivalent_structures.move_routes,
        equivalent_structures.split_functions,
        equivalent_structures.make_classes,
        equivalent_structures.rename_locals,
        equivalent_modules.import_absolutely,
    ),
    "suite": (
        equivalent_structures.split_functions,
        equivalent_structures.rename_locals,
        equivalent_modules.import_absolutely,
        equivalent_modules.reverse_tests,
        equivalent_modules.wrap_tests,
    ),
    "artifact": (
        equivalent_structures.split_functions,
        equivalent_structures.rename_locals,
        equivalent_modules.import_absolutely,
    ),
    "answers": (
        equivalent_modules.respell_texts,
        equivalent_modules.respell_numbers,
        equivalent_modules.reverse_answers,
        equivalent_modules.annotate_answers,
    ),
}
_OF_APPLICATIONS: Mapping[str, Sequence[Transformation]] = {
    "app": (
        equivalent_modules.move_helpers,
        equivalent_modules.wrap_application,
        equivalent_modules.add_middleware,
        equivalent_modules.postpone_annotations,
    ),
    "suite": (equivalent_modules.move_fixtures,),
}
HABITS_OF_ACCEPTED = 3
"""Habits that are drawn for each accepted answer; the solution gets all."""


def make_equivalents(kata: Kata, answers: Iterable[Case], seed: str) -> Iterator[Equivalent]:
    """Make the equivalents of the right answers of a kata; the seed draws places and habits.

    Each transformation is made wherever it fits, and in one drawn place where it fits in several.
    An accepted answer is changed where it differs from the solution.
    """
    for answer in answers:
        draw = random.Random(f"{seed} {answer.name}")
        sources = read_sources(kata, answer)
        for name, transformation in _choose(answer, draw):
            yield from _apply(answer, sources, name, transformation, draw)


def read_sources(kata: Kata, answer: Case) -> AnswerSources:
    """Read an answer; what it has in common with the solution is its context."""
    reference = read_reference(kata)
    written = read_app(answer.source)
    is_solution = answer.kind == "solution"
    own = {
        path: text for path, text in written.items() if is_solution or reference.get(path) != text
    }
    given = {path: text for path, text in read_app(kata.stub).items() if path not in own}
    module, _, application = kata.file.entrypoint.partition(":")
    entry = f"{module.replace('.', '/')}.py"
    return AnswerSources(_select(own), _select(given | written), entry, application)


def _select(files: Mapping[str, str]) -> dict[str, str]:
    return {path: text for path, text in files.items() if path.endswith(".py")}


def _choose(answer: Case, draw: random.Random) -> Iterator[tuple[str, Transformation]]:
    """Give the transformations for an answer, by name."""
    kind = answer.kata.file.kind
    single: dict[str, Transformation] = {
        each.__name__: partial(_change_modules, each) for each in _OF_MODULES.get(kind, ())
    }
    single |= {each.__name__: each for each in _OF_APPLICATIONS.get(kind, ())}
    yield from single.items()
    yield "change_everything", partial(_change_all, draw.sample([*single.values()], len(single)))
    if kind == "app":
        count = len(HABITS) if answer.kind == "solution" else HABITS_OF_ACCEPTED
        for habit in draw.sample(HABITS, count):
            yield habit.name, habit


def _change_all(
    transformations: Sequence[Transformation], sources: AnswerSources, _: Places
) -> dict[str, str]:
    """Make transformations one after the other, each of what the last one has written."""
    own = dict(sources.own)
    for transformation in transformations:
        own |= transformation(replace(sources, own=own), Places())
    return {path: text for path, text in own.items() if sources.own.get(path) != text}


def _apply(
    answer: Case,
    sources: AnswerSources,
    name: str,
    transformation: Transformation,
    draw: random.Random,
) -> Iterator[Equivalent]:
    places = Places()
    changed = transformation(sources, places)
    if not changed:
        return
    yield Equivalent(answer, name, "", sources.own, changed)
    fitting = sorted(set(places.fitting))
    if len(fitting) > 1:
        only = draw.choice(fitting)
        changed = transformation(sources, Places(only))
        if changed:
            yield Equivalent(answer, name, only, sources.own, changed)


_REFUSING = (Outcome.FAILED, Outcome.ERROR)


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


def _is_import_error(criterion: CriterionResult) -> bool:
    return criterion.finding is not None and criterion.finding.kind == "import"
