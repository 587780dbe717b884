"""Suites: how a grader runs a learner's tests against right and wrong versions of an app.

Which version runs cannot be told from any name, and no file has the same text twice. What a host
tells of a run is checked and capped; what a result is worth is up to the criteria.
"""

import ast
import asyncio
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx
import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ..harness.failures import Failure, GraderFault, SubmissionError, read_locations
from ..harness.http_client import open_client
from ..model.edits import Edit, Misfit, apply_edits
from .fixtures import Hosts, Workplace
from .inputs import SeededInputs

COMMAND = "python -m pytest app/tests"

_MOST_PARSED = 256 * 1024
"""Bytes of a suite that are parsed for a hint."""

Text = Annotated[str, Field(max_length=4000)]


class Collected(BaseModel):
    """The tests that are going to run."""

    kind: Literal["collected"]
    tests: list[Text] = Field(max_length=1000)


class Trouble(BaseModel):
    """Something of the learner's that raised: a test, or a file that cannot be collected."""

    message: Text = ""
    locations: list[Any] = Field([], max_length=100)


class Broken(Trouble):
    """A file that cannot be collected."""

    kind: Literal["broken"]
    file: Text


class Started(BaseModel):
    """A test has begun."""

    kind: Literal["started"]
    test: Text


class Finished(Trouble):
    """A test has ended; `inherited` names databases that an earlier test had left filled."""

    kind: Literal["finished"]
    test: Text
    outcome: Literal["passed", "failed", "skipped"]
    inherited: list[Text] = Field([], max_length=100)


class Alive(BaseModel):
    """The tests go on; it only takes them long."""

    kind: Literal["alive"]


class Network(BaseModel):
    """The network was asked for, and refused."""

    kind: Literal["network"]
    target: Text


class Ended(BaseModel):
    """The run is over: the files that it left, and why pytest could not run, if so."""

    kind: Literal["ended"]
    left: list[Text] = Field(max_length=10_000)
    complaint: Text


Line = Collected | Broken | Started | Finished | Alive | Network | Ended

LINES: TypeAdapter[Line] = TypeAdapter(Annotated[Line, Field(discriminator="kind")])


@dataclass
class SuiteRun:
    """What came of one run of a suite."""

    tests: list[str] = field(default_factory=list)
    results: list[Finished] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    network: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    complaint: str = ""
    current: str = ""
    ended: bool = False

    @property
    def failed(self) -> bool:
        """Tell whether something has gone wrong so far."""
        outcomes = {result.outcome for result in self.results}
        return bool(self.broken or self.complaint) or "failed" in outcomes

    def take(self, line: Line) -> None:
        """Add what one line tells."""
        match line:
            case Collected():
                self.tests = line.tests
            case Broken():
                self.broken.append(line)
            case Started():
                self.current = line.test
            case Finished():
                self.results.append(line)
            case Network():
                self.network.append(line.target)
            case Ended():
                self.left, self.complaint, self.ended = line.left, line.complaint, True

    def expect_passed(self, circumstances: str, because: str = "") -> None:
        """Raise `Failure` unless at least one test passed and nothing failed."""
        expected = f"every test passes {circumstances}"
        failed = [each for each in self.results if each.outcome == "failed"]
        if self.broken:
            seen = f"File '{self.broken[0].file}' cannot be collected"
            raise _blame(self.broken[0], expected, seen, because)
        if self.complaint:
            raise Failure(expected, self.complaint, [COMMAND], because)
        if failed:
            seen = f"{len(failed)} of {len(self.tests)} tests fail. Test '{failed[0].test}'"
            raise _blame(failed[0], expected, seen, because)
        if not any(each.outcome == "passed" for each in self.results):
            seen = f"none of {len(self.tests)} tests passed: {len(self.results)} were skipped"
            raise Failure("at least one test that passes", seen, [COMMAND], because)


def _blame(trouble: Trouble, expected: str, seen: str, because: str) -> Failure:
    where = tuple(reversed(read_locations(trouble.locations)))
    return Failure(expected, f"{seen}: {trouble.message}", [COMMAND], because, where)


TESTS = "app/tests"

App = Mapping[str, str]
"""The files of an app under test, by paths like `app/main.py`."""


@dataclass
class Known:
    """What is known of a suite so far: its run on the right app, and the tests that pass alone."""

    workplace: Workplace
    first: SuiteRun | None = None
    alone: set[str] = field(default_factory=set)


_KNOWN = pytest.StashKey[Known]()


class Suite:
    """A learner's tests, to be run as often as a criterion needs, each time in a new process."""

    def __init__(
        self, hosts: Hosts, workplace: Workplace, inputs: SeededInputs, stash: pytest.Stash
    ) -> None:
        self._stage = workplace.snapshot.folder.stage
        self.app = read_app(self._stage)
        self._hosts = hosts
        self._inputs = inputs
        known = stash.get(_KNOWN, None)
        if known is None or known.workplace is not workplace:
            known = stash[_KNOWN] = Known(workplace)
        self._known = known
        self._locations = asyncio.Semaphore(os.cpu_count() or 1)

    async def run(
        self,
        app: App,
        tests: Sequence[str] | None = None,
        *,
        folder: str = "",
        until_failure: bool = False,
    ) -> SuiteRun:
        """Run `tests`, or all, against an app; the same `folder` twice keeps what is in it."""
        marks = {name: f"{text}\n# {self._inputs.word(6)}\n" for name, text in app.items()}
        used, is_new = folder or self._inputs.word(6), not folder
        order = {"stage": str(self._stage), "folder": used, "files": marks, "tests": tests}
        run = SuiteRun()
        async with self._locations:
            host = await self._hosts.open(start=False)
            try:
                async with open_client(host) as client:
                    await _follow(client, order, run, until_failure)
            except SubmissionError as error:
                raise _name_test(error, run) from None
            finally:
                host.close()
        if is_new:
            self._keep_leader(run, tests or run.tests)
        return run

    def _keep_leader(self, run: SuiteRun, wanted: Sequence[str]) -> None:
        """Note that a test passes alone, as it has passed before all others in a new process."""
        match run.results:
            case [Finished(outcome="passed", test=test), *_] if test == wanted[0]:
                self._known.alone.add(test)

    async def run_first(self) -> SuiteRun:
        """Give the run on the right app in the order of the files; criteria share it."""
        if self._known.first is None:
            self._known.first = await self.run(self.app)
        return self._known.first

    async def run_all(self, apps: Sequence[App]) -> list[SuiteRun]:
        """Run all tests against several apps, each time with another one in front."""
        tests = (await self.run_first()).tests
        leaders = [*await self.list_unproven(), *tests]
        runs = (self._run_led(app, leaders[i : i + 1], tests) for i, app in enumerate(apps))
        return list(await asyncio.gather(*runs))

    async def _run_led(self, app: App, leader: list[str], tests: list[str]) -> SuiteRun:
        run = await self.run(app, leader + [test for test in tests if test not in leader])
        return await self.run(app) if run.failed else run  # what the order does is asked elsewhere

    async def list_unproven(self) -> list[str]:
        """List the tests of which it is not known yet that they pass alone."""
        first = await self.run_first()
        return [test for test in first.tests if test not in self._known.alone]

    async def catches(self, app: App) -> bool:
        """Tell whether the suite is not green on an app: a hang or a crash is not green either."""
        try:
            return (await self.run(app, until_failure=True)).failed
        except SubmissionError as error:
            if error.kind not in ("hang", "crash"):
                raise
            return True

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


def read_app(folder: Path) -> dict[str, str]:
    """Read the modules of the `app/` in a folder, but for its tests."""
    found = {path.relative_to(folder).as_posix(): path for path in (folder / "app").rglob("*.py")}
    return {
        name: path.read_text("utf-8")
        for name, path in sorted(found.items())
        if not name.startswith(f"{TESTS}/")
    }


async def _follow(
    client: httpx.AsyncClient, order: dict[str, Any], run: SuiteRun, until_failure: bool
) -> None:
    async with client.stream("POST", "/", json=order) as response:
        async for line in response.aiter_lines():
            try:
                run.take(LINES.validate_json(line))
            except ValidationError:
                raise SubmissionError("protocol", "The report of the tests is garbled.") from None
            if until_failure and run.failed:
                return
    if not run.ended:
        raise SubmissionError("protocol", "The report of the tests breaks off.")


def _name_test(error: SubmissionError, run: SuiteRun) -> SubmissionError:
    during = f"Test '{run.current}'" if run.current else "Collecting the tests"
    last = f" The last test that is known to have begun is '{run.current}'." if run.current else ""
    messages = {
        "hang": f"{during} does not come to an end.",
        "crash": f"Something in the tests ends the whole process, and pytest with it.{last}",
    }
    return SubmissionError(
        error.kind, messages.get(error.kind, error.message), [COMMAND], error.where
    )


def _asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return str(name).startswith(("assert", "raises", "fail"))
    return isinstance(node, ast.Assert)


class Version(BaseModel):
    """A version of the app: edits of it, and the sentence of the contract that they break.

    Of a version that is right, `behaviour` says what is different inside.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    behaviour: str
    edits: tuple[Edit, ...] = Field(min_length=1)

    def apply(self, app: App) -> App:
        """Make the version; `GraderFault` if an edit does not fit the app."""
        try:
            return {**app, **apply_edits(app, self.edits)}
        except Misfit as misfit:
            raise GraderFault(f"Version '{self.name}': {misfit}") from None


def read_versions(path: Path) -> tuple[Version, ...]:
    """Read the versions of an app from `mutants.toml`, or the right ones from `variants.toml`."""
    read = tomllib.loads(path.read_text("utf-8"))
    return tuple(Version.model_validate(each) for each in read[path.stem.removesuffix("s")])


async def find_survivors(
    suite: Suite, mutants: Sequence[Version], apps: Sequence[App]
) -> list[Version]:
    """Give the mutants on which the suite is green; `apps` are what they make of the right app."""
    caught = await asyncio.gather(*map(suite.catches, apps))
    return [mutant for mutant, is_caught in zip(mutants, caught, strict=True) if not is_caught]
