"""The plugin: it runs criteria under pytest and keeps how each of them ended.

It is the only channel by which an outcome leaves a run: neither text, nor exit status, nor a file
counts. Whatever is not clearly the submission's doing is a fault of the grader.
"""

import functools
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from ..reports import CriterionResult, Finding, Outcome
from ..wall.failures import Failure, SubmissionError
from ..wall.patience import OutOfPatience, allow
from .criteria import MARKER, Criterion, read_criterion
from .findings import describe_error, describe_fault
from .fixtures import HOSTS, SETTING, Setting

CRITERION_SECONDS = 60
"""Undisturbed seconds that one criterion may take, whatever the submission does."""

RUN_SECONDS = 300
"""Undisturbed seconds of all criteria together after which no further one is begun."""

_SPENT = pytest.StashKey[float]()


class Blocked(Exception):
    """The criterion that has to pass first has not passed."""


class Grading:
    """Collect the criteria, run them, and hold the results by name."""

    def __init__(self, setting: Setting | None = None, only: Sequence[str] = ()) -> None:
        self.names: list[str] = []
        """All criteria that the grader declares, asked for or not."""
        self.criteria: list[Criterion] = []
        self.results: dict[str, CriterionResult] = {}
        self.faults: list[str] = []
        self.setting = setting
        self._only = only

    def pytest_configure(self, config: pytest.Config) -> None:
        """Register the marker of criteria."""
        config.addinivalue_line("markers", f"{MARKER}(task, points, waits_for): a criterion")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put the collected tests under the limits of a criterion."""
        for item in items:
            function = cast(pytest.Function, item)
            function.obj = _limit(function.obj, item.config.stash)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Read the criteria and keep those that are asked for, in the order of the file."""
        self.take(session)

    def take(self, session: pytest.Session) -> None:
        """Take over a collected session: its criteria, and its setting for the fixtures."""
        if self.setting is not None:
            session.config.stash[SETTING] = self.setting
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
            message = f"The run took more than {RUN_SECONDS} seconds before this could be checked."
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
        self.results[criterion.name] = _make_result(criterion, outcome, finding)

    def _describe(self, error: Failure | SubmissionError, item: pytest.Item) -> Finding:
        assert self.setting is not None
        hosts = item.stash.get(HOSTS, None)
        opened = [host.evidence for host in hosts.opened] if hosts is not None else []
        base = self.setting.base
        return describe_error(error, opened or [base.evidence], base.folder)


def _limit(
    test: Callable[..., Awaitable[None]], stash: pytest.Stash
) -> Callable[..., Awaitable[None]]:
    @functools.wraps(test)
    async def limited(*args: Any, **kwargs: Any) -> None:
        try:
            async with allow(CRITERION_SECONDS, stash[SETTING].base.list_pids) as stopwatch:
                try:
                    await test(*args, **kwargs)
                finally:
                    stash[_SPENT] = stash.get(_SPENT, 0.0) + stopwatch.seconds
        except OutOfPatience:
            message = f"The app was not done within {CRITERION_SECONDS} seconds."
            raise SubmissionError("limit", message) from None

    return limited


def _judge(error: BaseException | None) -> Outcome | None:
    match error:
        case None:
            return Outcome.PASSED
        case Blocked():
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


def _make_result(
    criterion: Criterion, outcome: Outcome, finding: Finding | None
) -> CriterionResult:
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
