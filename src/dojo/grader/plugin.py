"""The pytest plugin: it makes tests into criteria, runs them, and keeps how each of them ended.

pytest is set up for criteria alone: nothing of the caller's configuration applies.
"""

import asyncio
import functools
import inspect
import itertools
import os
import sys
import time
from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

from ..harness.failures import DriverNeeded, Failure, GraderFault, SubmissionError
from ..harness.patience import OutOfPatience, allow, limit_processor_time
from ..model.reports import CriterionResult, Finding, Outcome
from . import answers, commands, fixtures, oracle, suites
from .findings import describe_error, describe_fault, describe_need
from .fixtures import HOSTS, WORKPLACE, Workplace

Test = TypeVar("Test", bound=Callable[..., Any])

MARKER = "criterion"
FIXTURES = (answers, commands, fixtures, oracle, suites)
"""The modules with what a criterion can ask for by name."""


@dataclass(frozen=True)
class Criterion:
    """One graded behaviour, as declared beside its test function."""

    name: str
    sentence: str
    task: int
    points: float
    waits_for: str | None


def criterion(
    *, task: int, points: float = 1.0, waits_for: Callable[..., Any] | None = None
) -> Callable[[Test], Test]:
    """Declare a test function as a criterion of the README's task number `task`.

    Its docstring is the sentence that the learner reads. It is `blocked` unless the criterion
    `waits_for`, defined above it, has passed.
    """

    def decorate(test: Test) -> Test:
        name = None if waits_for is None else waits_for.__name__
        mark = getattr(pytest.mark, MARKER)(task=task, points=points, waits_for=name)
        decorated: Test = mark(test)
        return decorated

    return decorate


def read_criterion(item: pytest.Item) -> Criterion:
    """Read the declaration of a collected test; `GraderFault` if it is none or says nothing."""
    mark = item.get_closest_marker(MARKER)
    function = getattr(item, "function", None)
    sentence = " ".join((getattr(function, "__doc__", None) or "").split())
    if mark is None or not sentence:
        raise GraderFault(f"Test '{item.name}' lacks `@criterion` or its docstring.")
    return Criterion(name=item.name, sentence=sentence, **mark.kwargs)


CRITERION_SECONDS = 60
"""Undisturbed seconds that one criterion may take, whatever the submission does."""

PROCESSOR_SECONDS = 30
"""Seconds of the processor that the grader itself may take over one criterion."""

RUN_SECONDS = 300
"""Undisturbed seconds of all criteria together after which no further one is begun."""

RUN_PROCESSOR_SECONDS = 120
"""Seconds of the processor that the grader itself may take before the last criterion begins."""

_SPENT = pytest.StashKey[float]()


class Blocked(Exception):
    """The criterion that has to pass first has not passed."""


class EventLoop:
    """Run the asynchronous fixtures and the test of one criterion on one event loop.

    pytest-asyncio does the same for tests of every kind, at a tenth of what a submission costs.
    """

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Make the criteria, limits included, into tests that pytest can call."""
        for item in items:
            function = cast(pytest.Function, item)
            function.obj = self._make_synchronous(function.obj)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        """Give each criterion a loop of its own."""
        self._runner = asyncio.Runner()
        result = yield  # if it is interrupted, the session ends its fixtures on this loop
        self._runner.close()
        return result

    def pytest_unconfigure(self) -> None:
        """Close the loop of a criterion that was interrupted."""
        self._runner.close()

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """Make an asynchronous fixture into one that pytest can call."""
        # pytest calls it final; yet this is how its asynchronous plugins do it, anyio among them.
        fixturedef.func = self._make_synchronous(fixturedef.func)  # type: ignore[misc]

    def _run(self, awaitable: Awaitable[object]) -> object:
        return self._runner.get_loop().run_until_complete(awaitable)

    def _make_synchronous(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Make an asynchronous function or generator into one that runs on the loop."""

        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> object:
            return self._run(function(*args, **kwargs))

        @functools.wraps(function)
        def iterate(*args: Any, **kwargs: Any) -> Iterator[object]:
            values = function(*args, **kwargs)
            yield self._run(anext(values))
            self._run(anext(values, None))

        if inspect.isasyncgenfunction(function):
            return iterate
        return run if inspect.iscoroutinefunction(function) else function


class Grading:
    """Collect the criteria, run them, and hold the results by name."""

    def __init__(self, workplace: Workplace | None = None, only: Sequence[str] = ()) -> None:
        self.names: list[str] = []
        """All criteria that the grader declares, asked for or not."""
        self.criteria: list[Criterion] = []
        self.results: dict[str, CriterionResult] = {}
        self.faults: list[str] = []
        self.workplace = workplace
        self._only = only
        self._started = time.process_time()

    def pytest_configure(self, config: pytest.Config) -> None:
        """Register the marker of criteria."""
        config.addinivalue_line("markers", f"{MARKER}(task, points, waits_for): a criterion")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put the collected tests under the limits of a criterion."""
        for item in items:
            function = cast(pytest.Function, item)
            function.obj = _limit(function.obj, item.config.stash)
            if "oracle" in function.fixturenames:
                self._read_traffic(item.path.parent)

    def _read_traffic(self, grader: Path) -> None:
        """Import the traffic once, and not in the fork of each submission."""
        try:
            oracle.read_traffic(grader)
        except Exception as error:
            self.faults.append(f"The traffic cannot be read: {describe_fault(error, grader)}")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Read the criteria and keep those that are asked for, in the order of the file."""
        self.take(session)

    def take(self, session: pytest.Session) -> None:
        """Take over a collected session: its criteria, and the workplace for its fixtures."""
        if self.workplace is not None:
            session.config.stash[WORKPLACE] = self.workplace
        declared = [(item, read_criterion(item)) for item in session.items]
        self.names = [each.name for _, each in declared]
        wanted = [
            (item, each) for item, each in declared if not self._only or each.name in self._only
        ]
        session.items[:] = [item for item, _ in wanted]
        self.criteria = [criterion for _, criterion in wanted]

    def pytest_exception_interact(
        self,
        node: pytest.Item | pytest.Collector,
        call: pytest.CallInfo[object],
        report: pytest.CollectReport | pytest.TestReport,
    ) -> None:
        """Keep a grader that cannot be collected as a fault."""
        if isinstance(report, pytest.CollectReport) and call.excinfo is not None:
            error = call.excinfo.value.__cause__ or call.excinfo.value
            details = describe_fault(error, node.path.parent)
            self.faults.append(f"The grader cannot be collected: {details}")

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Keep an error inside pytest as a fault."""
        details = describe_fault(excinfo.value, Path(__file__).parent)
        self.faults.append(f"The run of the grader failed: {details}")

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Block a criterion that waits for another, and stop a run that takes too long."""
        criterion = read_criterion(item)
        if criterion.waits_for is not None:
            first = self.results.get(criterion.waits_for)
            if first is not None and first.outcome is not Outcome.PASSED:
                raise Blocked
        if item.config.stash.get(_SPENT, 0.0) > RUN_SECONDS:
            message = f"The run ended at its limit of {RUN_SECONDS} seconds before this check."
            raise SubmissionError("limit", message)
        if time.process_time() - self._started > RUN_PROCESSOR_SECONDS:
            message = (
                f"The grader needed more than {RUN_PROCESSOR_SECONDS} seconds "
                "to read what the app sent."
            )
            raise SubmissionError("limit", message)

    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport:
        """Keep what came of a phase; pytest gets a report without a traceback, which costs much."""
        self._keep_outcome(item, call)
        assert call.when != "collect"
        return pytest.TestReport(
            item.nodeid,
            item.location,
            keywords={},
            outcome="failed" if call.excinfo is not None else "passed",
            longrepr=None,
            when=call.when,
        )

    def _keep_outcome(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Turn what a phase of a criterion raised into its outcome."""
        error = _unwrap_group(call.excinfo.value if call.excinfo is not None else None)
        if error is None and call.when != "call":
            return
        criterion = read_criterion(item)
        if criterion.name in self.results and error is None:
            return
        outcome = _judge(error)
        if outcome is None:
            assert error is not None
            details = describe_fault(error, item.path.parent)
            self.faults.append(f"Criterion '{criterion.name}': {details}")
            return
        finding = None
        if isinstance(error, Failure | SubmissionError):
            finding = self._describe(error, item)
        if isinstance(error, DriverNeeded):
            finding = describe_need(error)
        self.results[criterion.name] = make_result(criterion, outcome, finding)

    def _describe(self, error: Failure | SubmissionError, item: pytest.Item) -> Finding:
        assert self.workplace is not None
        hosts = item.stash.get(HOSTS, None)
        opened = [host.evidence for host in hosts.opened] if hosts is not None else []
        snapshot = self.workplace.snapshot
        return describe_error(error, opened or [snapshot.evidence], snapshot.folder)


def _limit(
    test: Callable[..., Awaitable[None]], stash: pytest.Stash
) -> Callable[..., Awaitable[None]]:
    @functools.wraps(test)
    async def limited(*args: Any, **kwargs: Any) -> None:
        try:
            with limit_processor_time(PROCESSOR_SECONDS):
                pids = stash[WORKPLACE].list_pids
                async with allow(CRITERION_SECONDS, pids) as stopwatch:
                    try:
                        await test(*args, **kwargs)
                    finally:
                        stash[_SPENT] = stash.get(_SPENT, 0.0) + stopwatch.seconds
        except OutOfPatience:
            message = f"The app did not finish within {CRITERION_SECONDS} seconds."
            raise SubmissionError("limit", message) from None

    return limited


def _judge(error: BaseException | None) -> Outcome | None:
    match error:
        case None:
            return Outcome.PASSED
        case Blocked() | DriverNeeded():
            return Outcome.BLOCKED
        case Failure():
            return Outcome.FAILED
        case SubmissionError():
            return Outcome.ERROR
        case _:
            return None


def _unwrap_group(error: BaseException | None) -> BaseException | None:
    """Give the first failure out of a task group: concurrent requests may fail together."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def make_result(criterion: Criterion, outcome: Outcome, finding: Finding | None) -> CriterionResult:
    """Make the result of a criterion; only one that has passed earns its points."""
    return CriterionResult(
        name=criterion.name,
        sentence=criterion.sentence,
        task=criterion.task,
        outcome=outcome,
        points=criterion.points if outcome is Outcome.PASSED else 0.0,
        possible_points=criterion.points,
        finding=finding,
        waits_for=criterion.waits_for,
    )


GRADING = "dojo-grading"

_UNUSED_PLUGINS = (
    "cacheprovider",
    "debugging",
    "doctest",
    "faulthandler",
    "junitxml",
    "logging",
    "pastebin",
    "setuponly",
    "setupplan",
    "stepwise",
    "terminal",
    "threadexception",
    "unraisableexception",
)


def run_criteria(grader: Path, grading: Grading, *plugins: object) -> None:
    """Collect and run the criteria in a grader's folder; `grading` holds what came of it."""
    _run_pytest(grader, grading, *plugins)


class CollectedGrader:
    """A grader that was collected once, whose criteria can be run again and again in forks."""

    def __init__(self) -> None:
        self._session: pytest.Session | None = None
        self._collection = Grading()

    def serve(self, grader: Path, loop: Callable[[], None]) -> None:
        """Collect the criteria, then hand over to `loop`, which may `run` them."""
        self._loop = loop
        _run_pytest(grader, self._collection, self)

    @property
    def criteria(self) -> list[Criterion]:
        """All criteria of the grader."""
        return self._collection.criteria

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Take the place of pytest's own loop."""
        self._session = session
        self._loop()
        return True

    def run(self, grading: Grading) -> None:
        """Run the criteria once in this process, which should end afterwards."""
        session = self._session
        assert session is not None
        session.config.pluginmanager.unregister(name=GRADING)
        session.config.pluginmanager.register(grading, GRADING)
        grading.take(session)
        grading.faults += self._collection.faults
        for item, following in itertools.zip_longest(session.items, session.items[1:]):
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)


def _run_pytest(grader: Path, grading: Grading, *plugins: object) -> None:
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("PYTEST_ADDOPTS", None)
    status = pytest.main(
        [
            *(f"-pno:{name}" for name in _UNUSED_PLUGINS),
            f"-c{os.devnull}",
            f"--rootdir={grader}",
            f"--confcutdir={grader}",  # or pytest would begin at the root of the file system
            "--noconftest",
            "--assert=plain",
            "--import-mode=importlib",
            "--capture=no",
            "--strict-markers",
            "-Werror",
            *map(str, sorted(grader.glob("test_*.py"))),
        ],
        plugins=[Registration(grading), EventLoop(), *FIXTURES, *plugins],
    )
    _forget_modules(grader)
    if status == pytest.ExitCode.INTERRUPTED and not grading.faults:
        # By a person: pytest keeps that to itself. It calls a grader that fails to load so, too.
        raise KeyboardInterrupt
    regular = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}
    if grading.names:  # there are criteria, if perhaps none of those that were asked for
        regular.add(pytest.ExitCode.NO_TESTS_COLLECTED)
    if status not in regular and not grading.faults:
        grading.faults.append(f"The grader's pytest ended with {pytest.ExitCode(status).name}.")


def _forget_modules(grader: Path) -> None:
    """Forget what was imported from a grader: another one may have files of the same names."""
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(f"{grader}{os.sep}"):
            del sys.modules[name]


class Registration:
    """Register a grading under its name, so that a later one can take its place."""

    def __init__(self, grading: Grading) -> None:
        self._grading = grading

    def pytest_configure(self, config: pytest.Config) -> None:
        """Register the grading as a plugin of its own."""
        config.pluginmanager.register(self._grading, GRADING)
