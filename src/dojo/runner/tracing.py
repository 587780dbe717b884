"""Tracing: grade a submission once more, with the same seed, and keep what happened on the way.

So a check keeps nothing and pays nothing for traces, and every submission that can be graded can be
traced. The verdict is that of this run: the same inputs, and the files as they are now.
"""

import functools
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ..grader.findings import hide_paths
from ..grader.fixtures import Workplace, open_labs
from ..grader.plugin import Grading, run_criteria
from ..grader.trace_moments import describe_moments
from ..harness.snapshot_process import ExecLauncher, open_snapshot
from ..harness.temporary_folders import RunFolder
from ..harness.trace_recorder import Ended, Observation, Recording, See, Subject, TraceRecorder
from ..harness.traced_upstream import TracedUpstream
from ..model.reports import CriterionResult, Report, make_harmless
from ..model.traces import Moment
from .fork_server_launcher import ForkServerLauncher
from .grading import Job, grade

if TYPE_CHECKING:
    from ..harness.mail_server import MailServer

Starter = ForkServerLauncher | ExecLauncher
"""What starts the processes of one run."""


@dataclass
class CriterionTracer:
    """A pytest plugin that records each criterion from its setup to its verdict."""

    recorder: TraceRecorder = field(default_factory=TraceRecorder)
    recordings: dict[str, Recording] = field(default_factory=dict)
    compared: set[str] = field(default_factory=set)
    """Criteria that send drawn traffic, again and again, in hosts of which one tells enough."""

    def see_lab(self, subject: Subject) -> None:
        """Note what a lab tells, which belongs to no host."""
        self.recorder.see(0, subject)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Begin with a criterion."""
        self.recorder.begin()
        if "oracle" in getattr(item, "fixturenames", ()):
            self.compared.add(item.name)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Let what a criterion has asked for end before its trace does."""
        for item in items:
            if isinstance(item, pytest.Function) and "oracle" not in item.fixturenames:
                item.obj = self._let_rest(item.obj)

    def _let_rest(self, test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        @functools.wraps(test)
        async def rested(*args: Any, **kwargs: Any) -> None:
            try:
                await test(*args, **kwargs)
            finally:
                await self.recorder.rest()

        return rested

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """End with the verdict: what follows is clean-up."""
        if call.when == "call" or (call.when == "setup" and call.excinfo is not None):
            self.recordings[item.name] = self.recorder.end()


@dataclass(frozen=True)
class TracedRun:
    """A report, and the moments of each criterion by its name."""

    report: Report
    moments: Mapping[str, Sequence[Moment]]


def trace(job: Job, launcher: Starter, folder: RunFolder) -> TracedRun:
    """Grade one submission, which may be asked for some criteria only, and keep what happened."""
    tracer = CriterionTracer()
    kata, options = job.kata, job.options
    with (
        open_snapshot(folder, launcher) as snapshot,
        open_labs(kata.file.labs, launcher.open_listener) as lab_set,
    ):
        workplace = Workplace(
            snapshot,
            options.seed,
            replace(
                lab_set,
                make_upstream=partial(TracedUpstream, see=tracer.see_lab),
                make_mail_server=partial(_make_mail_server, see=tracer.see_lab),
            ),
            keep=launcher.pids | {snapshot.pid},
            open_host=tracer.recorder.open_host,
        )
        run = partial(_run_criteria, job, tracer)
        report = grade(job, workplace, run)
    moments = {
        each.name: _describe(tracer.recordings[each.name], each, tracer, folder)
        for each in report.criteria
        if each.name in tracer.recordings
    }
    return TracedRun(report, moments)


def _make_mail_server(listener: socket.socket, see: See) -> "MailServer":
    from ..harness.traced_mail_server import TracedMailServer

    return TracedMailServer(listener, see)


def _run_criteria(job: Job, tracer: CriterionTracer, grading: Grading) -> None:
    run_criteria(job.kata.grader, grading, tracer)


def _describe(
    recording: Recording, result: CriterionResult, tracer: CriterionTracer, folder: RunFolder
) -> list[Moment]:
    observations: Sequence[Observation] = recording.observations
    if result.name in tracer.compared:
        observations = _choose(recording, result, folder)
    instances = {each.instance for each in observations} - {0}
    return describe_moments(observations, folder, len(instances))


def _choose(
    recording: Recording, result: CriterionResult, folder: RunFolder
) -> Sequence[Observation]:
    """Give what was seen of one host: the one that the finding tells of, else the first."""
    did = result.finding.did if result.finding is not None else ()
    ends = [
        tuple(make_harmless(hide_paths(step, folder)) for step in host.history[-len(did) :])
        for host in recording.hosts
    ]
    told = [number for number, end in enumerate(ends, 1) if did and end == did]
    chosen = told[-1] if told else 1
    seen = [each for each in recording.observations if (each.instance or each.opened) == chosen]
    while seen and isinstance(seen[-1].subject, Ended):  # clean-up
        seen.pop()
    return seen
