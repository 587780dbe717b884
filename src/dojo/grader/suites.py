"""Suites: how a grader runs a learner's tests against right and wrong versions of an app.

Which version runs cannot be told from any name, and no file has the same text twice. What a result
is worth is up to the criteria.
"""

import ast
import asyncio
import contextlib
import functools
import json
import os
import shutil
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from ..harness.failures import Failure, SubmissionError
from ..harness.hosts import Host
from ..harness.http_client import open_client
from ..harness.snapshot_process import ImportRequest, SnapshotProcess
from ..harness.temporary_folders import RunFolder
from .assertions import read_assertions
from .fixtures import Hosts, SeededInputs, Workplace
from .suite_runs import COMMAND, LINES, Broken, SuiteRun
from .versions import TESTS, App, Version, compile_modules, read_app, read_change

_MOST_PARSED = 256 * 1024
"""Bytes of a suite that are parsed for a hint."""


@dataclass
class Known:
    """What is known of a suite so far."""

    workplace: Workplace
    first: SuiteRun | None = None
    """The run on the right app, in the order of the files."""
    alone: dict[str, dict[str, int]] = field(default_factory=dict)
    """The tests that pass alone, in a copy of the collected suite, and what they call."""
    shared: dict[str, list[SuiteRun]] = field(default_factory=dict)
    copies: SnapshotProcess | None = None
    are_copies_tried: bool = False


_KNOWN = pytest.StashKey[Known]()

NOT_GREEN = ("hang", "crash")
"""Errors of a submission that say no less than a test that fails."""


def collect_suite(workplace: Workplace) -> SnapshotProcess | None:
    """Collect the suite on the right app in a process to copy; `None` if that cannot be done."""
    inside, given = workplace.snapshot.folder, RunFolder(workplace.snapshot.folder.root / "copies")
    shutil.copytree(inside.stage / "app", given.work / "project" / "app")
    (given.work / "temporary").mkdir()
    given.stage.mkdir()
    snapshot = SnapshotProcess(given, workplace.snapshot.launcher)
    workplace.others.append(snapshot)
    snapshot.request_import(ImportRequest("dojo.host.collected_suite:open_suite"))
    with contextlib.suppress(SubmissionError):
        snapshot.load()
        return snapshot if snapshot.forks else None
    return None


class Suite:
    """A learner's tests, to be run as often as a criterion needs, each time in a new process."""

    def __init__(
        self, hosts: Hosts, workplace: Workplace, inputs: SeededInputs, stash: pytest.Stash
    ) -> None:
        self._stage = workplace.snapshot.folder.stage
        self.app = read_app(self._stage)
        self._hosts = hosts
        self.inputs = inputs
        known = stash.get(_KNOWN, None)
        if known is None or known.workplace is not workplace:
            known = stash[_KNOWN] = Known(workplace)
        self._known = known
        self._slots = asyncio.Semaphore(os.cpu_count() or 1)

    async def run(
        self,
        app: App,
        tests: Sequence[str] | None = None,
        *,
        folder: str = "",
        until_failure: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> SuiteRun:
        """Run `tests`, or all, against an app; the same `folder` twice keeps what is in it.

        The variables of the `environment` are set before pytest begins.
        """
        marks = {name: f"{text}\n# {self.inputs.word(6)}\n" for name, text in app.items()}
        used = folder or self.inputs.word(6)
        order = {"folder": used, "files": marks, "tests": tests}
        host = functools.partial(self._hosts.open, start=False, **(environment or {}))
        return await self._order(host, order | {"stage": str(self._stage)}, until_failure)

    async def _order(
        self, open_host: Callable[[], Awaitable[Host]], order: dict[str, Any], until_failure: bool
    ) -> SuiteRun:
        run = SuiteRun()
        async with self._slots:
            host = await open_host()
            try:
                async with open_client(host) as client:
                    await _follow(client, order, run, until_failure)
            except SubmissionError as error:
                raise _name_test(error, run) from None
            finally:
                host.close()
        return run

    async def run_first(self) -> SuiteRun:
        """Give the run on the right app in the order of the files; criteria share it."""
        if self._known.first is None:
            self._known.first = await self.run(self.app)
        return self._known.first

    async def run_all(
        self, apps: Sequence[App], tests: Sequence[str] | None = None
    ) -> list[SuiteRun]:
        """Run `tests`, or all, against several apps."""
        return list(await asyncio.gather(*(self.run(app, tests) for app in apps)))

    async def run_alone(self, app: App) -> list[SuiteRun]:
        """Run each test alone: on `app`, the right one written anew, or on the right one itself.

        The second is done where the first does not pass: a copy may not be what a process is.
        """
        tests = (await self.run_first()).tests
        return list(await asyncio.gather(*(self._run_alone(test, app) for test in tests)))

    async def _run_alone(self, test: str, app: App) -> SuiteRun:
        run = await self._run_copy([test], app)
        if run is None or run.failed or run.left:
            return await self.run(self.app, [test])
        self._known.alone[test] = run.calls
        return run

    async def run_orders(self, orders: Sequence[Sequence[str]]) -> list[SuiteRun]:
        """Run tests in several orders on the right app, up to the first one in which one fails.

        A copy is believed where all tests pass in it; else they run anew.
        """
        copies = await asyncio.gather(*(self._run_copy(order, self.app) for order in orders))
        runs: list[SuiteRun] = []
        for order, copy in zip(orders, copies, strict=True):
            clean = copy is not None and not copy.failed and not copy.left
            runs.append(copy if copy and clean else await self.run(self.app, order))
            if runs[-1].failed:
                break
        return runs

    async def share(
        self, name: str, make: Callable[[], Awaitable[list[SuiteRun]]]
    ) -> list[SuiteRun]:
        """Give runs that several criteria look at: they are made for the first that asks."""
        if name not in self._known.shared:
            self._known.shared[name] = await make()
        return self._known.shared[name]

    async def fails_alone(self, test: str, app: App) -> bool:
        """Tell whether a test that is run alone is not green on an app.

        A copy is believed where the test has passed alone in one, and fails in this one.
        """
        if test in self._known.alone:
            run = await self._run_copy([test], app)
            if run is not None and run.failed and not run.left:
                return True
        try:
            return (await self.run(app, [test])).failed
        except SubmissionError as error:
            if error.kind not in NOT_GREEN:
                raise
            return True

    async def _run_copy(self, tests: Sequence[str], app: App) -> SuiteRun | None:
        """Run tests in a copy of the collected suite until one fails; `None` says nothing."""
        if not self._known.are_copies_tried:
            self._known.are_copies_tried = True
            self._known.copies = collect_suite(self._known.workplace)
        if self._known.copies is None:
            return None
        order = {"folder": self.inputs.word(6), "modules": compile_modules(app), "tests": tests}
        hosts = Hosts(self._known.copies)
        host = functools.partial(hosts.open, start=False)
        try:
            return await self._order(host, order, until_failure=False)
        except SubmissionError as error:
            if error.kind in NOT_GREEN and len(tests) == 1:
                return SuiteRun(broken=[Broken(kind="broken", file=tests[0], locations=[])])
            return None

    async def catches(self, app: App, changed: frozenset[str] | None = None) -> bool:
        """Tell whether the suite is not green on an app: a hang or a crash is not green either.

        First tests run that call the `changed` functions and that pass alone on the right app.
        Where none of them fails, or more is changed than functions, all tests run.
        """
        callers = self._list_callers(changed or ())
        if callers and await self._fails_in_copy(callers, app):
            return True
        try:
            return (await self.run(app, until_failure=True)).failed
        except SubmissionError as error:
            if error.kind not in NOT_GREEN:
                raise
            return True

    async def _fails_in_copy(self, tests: Sequence[str], app: App) -> bool:
        """Tell whether one of the tests fails: alone, for the one before it may be the cause."""
        run = await self._run_copy(tests, app)
        if run is None or not run.failed or run.left:
            return False
        failing = run.results[-1].test if run.results else tests[0]
        return failing == tests[0] or await self._fails_in_copy([failing], app)

    def _list_callers(self, functions: Iterable[str]) -> list[str]:
        """List the tests that pass alone and call functions, those that do little else first."""
        shares = {
            test: sum(calls.get(each, 0) for each in functions) / max(1, sum(calls.values()))
            for test, calls in self._known.alone.items()
        }
        return sorted((test for test in shares if shares[test]), key=lambda test: -shares[test])

    def remember(self, name: str, make: Callable[[], list[App]]) -> list[App]:
        """Give what `make` makes of the app and the seed alone: once for all who share the seed."""
        recordings = self._known.workplace.recordings
        key = f"{self._known.workplace.seed}/{name}"
        if key not in recordings:
            recordings[key] = json.dumps([dict(app) for app in make()])
        made: list[App] = json.loads(recordings[key])
        return made

    def read_assertions(self) -> dict[str, frozenset[str]]:
        """Give the assertions that each test reaches, by the test's name."""
        sources = [path.read_bytes() for path in sorted((self._stage / TESTS).rglob("*.py"))]
        return read_assertions(sources if sum(map(len, sources)) <= _MOST_PARSED else [])

    def asserts(self) -> bool:
        """Tell whether any test looks as if it asserted something; for a hint, never a verdict."""
        sources = [path.read_bytes() for path in (self._stage / TESTS).rglob("*.py")]
        if sum(map(len, sources)) > _MOST_PARSED:
            return True
        try:
            trees = [ast.parse(source) for source in sources]
        except (SyntaxError, ValueError, MemoryError, RecursionError):  # a file that no test needs
            return True
        return any(_asserts(node) for tree in trees for node in ast.walk(tree))


@pytest.fixture
def suite(
    request: pytest.FixtureRequest, hosts: Hosts, workplace: Workplace, inputs: SeededInputs
) -> Suite:
    """Give the learner's tests."""
    return Suite(hosts, workplace, inputs, request.config.stash)


async def _follow(
    client: httpx.AsyncClient, order: dict[str, Any], run: SuiteRun, until_failure: bool
) -> None:
    async with client.stream("POST", "/", json=order) as response:
        async for line in response.aiter_lines():
            try:
                run.take(LINES.validate_json(line))
            except ValidationError:
                raise SubmissionError(
                    "protocol", "The report of the tests cannot be read."
                ) from None
            if until_failure and run.failed:
                return
    if not run.ended:
        raise SubmissionError("protocol", "The report of the tests is not complete.")


def _name_test(error: SubmissionError, run: SuiteRun) -> SubmissionError:
    during = f"Test '{run.current}'" if run.current else "Collecting the tests"
    last = f" The last test that started is '{run.current}'." if run.current else ""
    messages = {
        "hang": f"{during} does not end.",
        "crash": f"The tests end the whole process, and pytest too.{last}",
    }
    return SubmissionError(
        error.kind, messages.get(error.kind, error.message), [COMMAND], error.where
    )


def _asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return str(name).startswith(("assert", "raises", "fail"))
    return isinstance(node, ast.Assert)


async def find_survivors(
    suite: Suite, mutants: Sequence[Version], apps: Sequence[App], right: App
) -> list[Version]:
    """Give the mutants on which the suite is green; `apps` are the mutants, written anew.

    The right app, written anew too, is tried after one mutant of each kind or more, in copies of
    the suite where mutants are: `Failure` if it is caught. So a suite gains nothing by counting
    how often it runs.
    """
    changes = [read_change(suite.app, mutant) for mutant in mutants]
    pretended = suite.inputs.choice([change for change in changes if change] or [None])
    tried = [*zip(apps, changes, strict=True), (right, pretended)]
    order = suite.inputs.sample(range(len(mutants)), len(mutants))
    whole = [changes[number] is None for number in order]
    first = max(whole.index(kind) for kind in set(whole))
    order.insert(suite.inputs.randint(first + 1, len(order)), len(mutants))
    caught = await asyncio.gather(*(suite.catches(*tried[number]) for number in order))
    verdicts = dict(zip(order, caught, strict=True))
    if verdicts[len(mutants)]:
        raise Failure(
            "every test passes on a right shop, also after many other runs",
            "a test fails on a right shop after many other runs",
            [COMMAND],
            because="A test must not depend on the number of runs or on the clock.",
        )
    return [mutant for number, mutant in enumerate(mutants) if not verdicts[number]]
