"""Example trials: examples are sent to every known answer of a kata, and judged by what comes back.

An example is right if the reference and all accepted answers agree with it. It catches the wrong
answers that do not. What the statement leaves open, as `traffic.py` lists it, decides nothing.
Each known answer is a snapshot of one fork server, each example a host of its own.
"""

import asyncio
import contextlib
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx

from ..grader.expectations import read_text
from ..grader.fixtures import LabSet, open_labs
from ..grader.oracle import read_traffic
from ..grader.traffic import Freedom
from ..harness.failures import SubmissionError
from ..harness.hosts import Host
from ..harness.http_client import open_client
from ..harness.snapshot_process import ExecLauncher, SnapshotProcess, open_snapshot
from ..harness.temporary_folders import open_run_folder, open_temporary_folder
from ..model.catalogue import Kata
from ..model.staging import stage
from ..proof.cases import Case, list_cases
from ..proof.examples import open_demo_labs
from ..runner.fork_server_launcher import ForkServerLauncher
from ..runner.grading import make_import_request
from ..runner.sandbox import Mode
from .answer_patterns import (
    Path,
    Text,
    Values,
    complete,
    fill_pattern,
    find_mismatches,
    reach,
    write_path,
)
from .example_files import Example, Step

Launcher = ForkServerLauncher | ExecLauncher
Facts = dict[str, Any]
"""Status, headers by lower-case name and body of one answer."""

Tell = Callable[[int, int], None]
"""Told how many known answers were asked, and how many there are."""


@dataclass(frozen=True)
class Outcome:
    """What one request came to, and where that does not agree with what was `expected`."""

    expected: Facts
    facts: Facts
    mismatches: tuple[Path, ...]


Run = tuple[Outcome, ...]
"""The outcomes of an example's requests; fewer than there are if the app gave no answer."""


@dataclass(frozen=True)
class Mistake:
    """A place at which a right answer is not what an example says; `request` counts from 1."""

    request: int
    path: Path


@dataclass(frozen=True)
class Judgement:
    """What an example is worth.

    `contradictions` are what the reference does not agree with, `disputes` what only some accepted
    answers do not; with either it catches nothing. `left_open` are the sentences of the statement
    by which a difference does not count.
    """

    example: Example
    contradictions: tuple[Mistake, ...]
    disputes: tuple[Mistake, ...]
    left_open: tuple[str, ...]
    caught: frozenset[str]

    @property
    def is_right(self) -> bool:
        """Tell whether every right answer agrees."""
        return not self.contradictions and not self.disputes


@dataclass(frozen=True)
class ExampleTrial:
    """The judgements of all examples of a kata, and how many wrong answers there are to catch."""

    kata: Kata
    judgements: tuple[Judgement, ...]
    wrong: int

    @property
    def caught(self) -> frozenset[str]:
        """The wrong answers that at least one example catches."""
        return frozenset().union(*(each.caught for each in self.judgements))


def try_examples(kata: Kata, examples: Sequence[Example], mode: Mode, tell: Tell) -> ExampleTrial:
    """Send examples to all known answers of a kata of kind `app`, and judge them."""
    with open_temporary_folder() as scratch, _open_launcher(kata, mode) as launcher:
        kinds = ("solution", "accepted", "wrong")
        cases = [each for each in list_cases(kata, scratch) if each.kind in kinds]
        cases = [each for each in cases if not each.misfit]
        with open_labs(kata.file.labs, launcher.open_listener) as lab_set:
            asking = _ask_all(kata, cases, examples, launcher, lab_set, tell)
            runs = asyncio.run(asking)
    freedoms = [each for traffic in read_traffic(kata.grader).values() for each in traffic.freedoms]
    answers = [dict(zip((case.name for case in cases), column, strict=True)) for column in runs]
    right = [case.name for case in cases if case.kind == "accepted"]
    wrong = [case.name for case in cases if case.kind == "wrong"]
    judgements = [
        _Judge(example, own["solution"], freedoms).judge(
            [own[name] for name in right], {name: own[name] for name in wrong}
        )
        for example, own in zip(examples, answers, strict=True)
    ]
    return ExampleTrial(kata, tuple(judgements), len(wrong))


@contextlib.contextmanager
def _open_launcher(kata: Kata, mode: Mode) -> Iterator[Launcher]:
    with open_run_folder() as folder:
        launcher: Launcher = ExecLauncher()
        if hasattr(os, "fork"):
            own = (*kata.file.labs, kata.file.kind, *kata.file.requirements)
            launcher = ForkServerLauncher(folder, own, mode)
        try:
            yield launcher
        finally:
            launcher.close()


async def _ask_all(
    kata: Kata,
    cases: Sequence[Case],
    examples: Sequence[Example],
    launcher: Launcher,
    lab_set: LabSet,
    tell: Tell,
) -> list[list[Run]]:
    """Ask every known answer; give the runs by example and, in each, by case.

    While one is asked the next one is imported.
    """
    found: list[list[Run]] = []
    with contextlib.ExitStack() as ahead:
        imports = (_import_answer(kata, case, launcher, lab_set) for case in cases)
        following = ahead.enter_context(next(imports))
        for number in range(1, len(cases) + 1):
            with ahead.pop_all():
                snapshot = following
                if (coming := next(imports, None)) is not None:
                    following = ahead.enter_context(coming)
                async with open_demo_labs(lab_set, kata.file.demo):
                    found.append([await _run(snapshot, kata, each) for each in examples])
            tell(number, len(cases))
    return [list(column) for column in zip(*found, strict=True)]


@contextlib.contextmanager
def _import_answer(
    kata: Kata, case: Case, launcher: Launcher, lab_set: LabSet
) -> Iterator[SnapshotProcess]:
    """Begin to import a known answer, in a folder of its own."""
    with open_run_folder() as folder, open_snapshot(folder, launcher) as snapshot:
        stage(kata.stub, case.source, kata.file.editable, folder.stage)
        environment = lab_set.make_environment(folder.work)
        snapshot.request_import(make_import_request(kata, environment, fork=True))
        yield snapshot


async def _run(snapshot: SnapshotProcess, kata: Kata, example: Example) -> Run:
    """Send the requests of one example to a fresh host, on data that nobody has touched."""
    outcomes: list[Outcome] = []
    values: Values = {}
    try:
        host = await Host.open(snapshot)
        try:
            await host.start()
            async with open_client(host) as client:
                for step in example.steps:
                    request = step.make_request(client, values, kata.exercise)
                    facts = _read_facts(await client.send(request), step)
                    expected = fill_pattern(step.pattern, values)
                    mismatches = tuple(find_mismatches(step.pattern, facts, values))
                    outcomes.append(Outcome(expected, facts, mismatches))
        finally:
            host.kill()
            snapshot.folder.empty_work()
    except (SubmissionError, KeyError):  # no answer, or none with the value of a name
        pass
    return tuple(outcomes)


def _read_facts(response: httpx.Response, step: Step) -> Facts:
    text = read_text(response)
    body: Any = text
    if not isinstance(step.pattern.get("body"), Text):
        with contextlib.suppress(ValueError, RecursionError):
            body = json.loads(text)
    return {"status": response.status_code, "headers": dict(response.headers), "body": body}


_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True)
class _Judge:
    """Compare the runs of one example with what the reference answered."""

    example: Example
    reference: Run
    freedoms: Sequence[Freedom]

    def judge(self, accepted: Sequence[Run], wrong: dict[str, Run]) -> Judgement:
        """Judge the example by the runs of the other known answers."""
        contradictions = tuple(self._find_mistakes(self._expect()))
        disputes = tuple(
            dict.fromkeys(each for run in accepted for each in self._find_mistakes(run))
        )
        caught = {name for name, run in wrong.items() if any(self._find_mistakes(run))}
        is_right = not contradictions and not disputes
        return Judgement(
            self.example,
            contradictions,
            () if contradictions else disputes,
            tuple(dict.fromkeys(self._list_left_open(accepted))),
            frozenset(caught if is_right else ()),
        )

    def _expect(self) -> Run:
        """Give the reference's run with the answers that the example says instead of its own."""
        return tuple(
            replace(each, facts=complete(each.expected, each.facts)) for each in self.reference
        )

    def _find_mistakes(self, run: Run) -> Iterator[Mistake]:
        """Give the places at which a run does not agree, and that the statement does not leave."""
        for number, outcome in enumerate(run, 1):
            for path in outcome.mismatches:
                if self._find_freedom(number, outcome, path) is None:
                    yield Mistake(number, path)
        if len(run) < len(self.example.steps):
            yield Mistake(len(run) + 1, ())

    def _list_left_open(self, accepted: Sequence[Run]) -> Iterator[str]:
        for run in (self._expect(), *accepted):
            for number, outcome in enumerate(run, 1):
                for path in outcome.mismatches:
                    if freedom := self._find_freedom(number, outcome, path):
                        yield freedom.sentence

    def _find_freedom(self, number: int, outcome: Outcome, path: Path) -> Freedom | None:
        """Find what lets an answer be another one than the reference's at a place."""
        if number > len(self.reference):
            return None
        expected = self.reference[number - 1].facts
        for end in range(len(path) + 1):
            place = _INDEX.sub("[]", write_path(path[:end]))
            one, other = reach(expected, path[:end]), reach(outcome.facts, path[:end])
            for freedom in self.freedoms:
                is_meant = freedom.at == place and freedom.status in (None, expected["status"])
                if is_meant and _agree(freedom, one, other):
                    return freedom
        return None


def _agree(freedom: Freedom, expected: Any, seen: Any) -> bool:
    """Ask a freedom about any values; those that it does not know are not the same to it."""
    try:
        return freedom.agree(expected, seen)
    except Exception:
        return False


def list_untouched(kata: Kata, touched: set[int | None]) -> list[int]:
    """Give the tasks of a kata that no example is about."""
    return [number for number in kata.tasks if number not in touched]
