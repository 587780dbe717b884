"""The plugin: it runs criteria under pytest and keeps how each of them ended.

It is the only channel by which an outcome leaves a run: neither text, nor exit status, nor a file
counts. Whatever is not clearly the submission's doing is a fault of the grader.
"""

import asyncio
import functools
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal, cast

import pytest

from ..reports import CriterionResult, Finding, Line, Outcome
from ..wall.evidence import Log, Output
from ..wall.failures import Failure, GraderFault, SubmissionError
from .criteria import MARKER, Criterion, read_criterion
from .fixtures import HOSTS, SETTING, Setting

CRITERION_SECONDS = 60
"""Wall seconds that one criterion may take, whatever the submission does."""

RUN_SECONDS = 300
"""Wall seconds after which no further criterion is begun."""

_MOST_OUTPUT = 2000
_FINDING_KINDS = ("import", "crash", "hang", "protocol", "startup", "limit")


class Blocked(Exception):
    """The criterion that has to pass first has not passed."""


class Grading:
    """Collect the criteria, run them, and hold the results by name."""

    def __init__(self, setting: Setting | None = None, only: Sequence[str] = ()) -> None:
        self.criteria: list[Criterion] = []
        self.results: dict[str, CriterionResult] = {}
        self.faults: list[str] = []
        self.setting = setting
        self._only = only
        self._started = time.monotonic()

    def pytest_configure(self, config: pytest.Config) -> None:
        """Register the marker of criteria."""
        config.addinivalue_line("markers", f"{MARKER}(task, points, waits_for): a criterion")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put the collected tests under the limits of a criterion."""
        for item in items:
            function = cast(pytest.Function, item)
            function.obj = _limit(function.obj)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Read the criteria and keep those that are asked for, in the order of the file."""
        self.take(session)

    def take(self, session: pytest.Session) -> None:
        """Take over a collected session: its criteria, and its setting for the fixtures."""
        if self.setting is not None:
            session.config.stash[SETTING] = self.setting
        declared = [(item, read_criterion(item)) for item in session.items]
        wanted = [
            (item, each) for item, each in declared if not self._only or each.name in self._only
        ]
        session.items[:] = [item for item, _ in wanted]
        self.criteria = [criterion for _, criterion in wanted]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep a grader that cannot be collected as a fault."""
        if report.failed:
            self.faults.append(f"The grader cannot be collected.\n{report.longreprtext}")

    def pytest_internalerror(self, excrepr: object) -> None:
        """Keep an error inside pytest as a fault."""
        self.faults.append(f"The grader's pytest failed.\n{excrepr}")

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Block a criterion that waits for another, and stop a run that takes too long."""
        criterion = read_criterion(item)
        if criterion.waits_for is not None:
            first = self.results.get(criterion.waits_for)
            if first is not None and first.outcome is not Outcome.PASSED:
                raise Blocked
        if time.monotonic() - self._started > RUN_SECONDS:
            message = f"The run took more than {RUN_SECONDS} seconds before this could be asked."
            raise SubmissionError("limit", message)

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Turn what a phase of a criterion raised into its outcome."""
        error = call.excinfo.value if call.excinfo is not None else None
        if error is None and call.when != "call":
            return
        criterion = read_criterion(item)
        if criterion.name in self.results and error is None:
            return
        try:
            outcome, finding = _judge(error)
        except GraderFault as fault:
            self.faults.append(f"Criterion '{criterion.name}': {fault}")
            return
        if finding is not None:
            finding = finding.model_copy(update={"output": _read_output(item)})
        self.results[criterion.name] = _make_result(criterion, outcome, finding)


def _limit(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @functools.wraps(test)
    async def limited(*args: Any, **kwargs: Any) -> None:
        try:
            async with asyncio.timeout(CRITERION_SECONDS):
                await test(*args, **kwargs)
        except TimeoutError:
            message = f"The app was not done within {CRITERION_SECONDS} seconds."
            raise SubmissionError("limit", message) from None

    return limited


def _judge(error: BaseException | None) -> tuple[Outcome, Finding | None]:
    error = _unwrap_group(error)
    match error:
        case None:
            return Outcome.PASSED, None
        case Blocked():
            return Outcome.BLOCKED, None
        case Failure():
            return Outcome.FAILED, _describe_failure(error)
        case SubmissionError():
            return Outcome.ERROR, _describe_error(error)
        case _:
            text = "".join(traceback.format_exception(error, limit=-3))
            raise GraderFault(f"{type(error).__name__}: {error}\n{text}")


def _unwrap_group(error: BaseException | None) -> BaseException | None:
    """Give the first failure out of a task group: concurrent requests may fail together."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _describe_failure(failure: Failure) -> Finding:
    return Finding(
        kind="behaviour",
        did=tuple(failure.did),
        expected=failure.expected,
        seen=failure.seen,
        because=failure.because,
        where=_describe_places(failure),
    )


def _describe_error(error: SubmissionError) -> Finding:
    assert error.kind in _FINDING_KINDS
    kind = cast(Literal["import", "crash", "hang", "protocol", "startup", "limit"], error.kind)
    return Finding(
        kind=kind, did=tuple(error.did), seen=error.message, where=_describe_places(error)
    )


def _describe_places(error: Failure | SubmissionError) -> tuple[Line, ...]:
    return tuple(
        Line(file=place.file, line=place.line, function=place.function, code=place.code)
        for place in dict.fromkeys(error.where)
    )[:5]


def _read_output(item: pytest.Item) -> str:
    hosts = item.stash.get(HOSTS, None)
    parts: list[str] = []
    for host in hosts.opened if hosts is not None else []:
        for event in host.evidence:
            if isinstance(event, Output):
                parts.append(event.text)
            elif isinstance(event, Log) and not event.logger.startswith(("kata", "sqlalchemy")):
                parts.append(f"{event.level} {event.logger}: {event.message}\n")
    return "".join(parts)[-_MOST_OUTPUT:]


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
