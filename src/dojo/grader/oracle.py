"""The oracle: drawn traffic goes to the submission and to the reference, and answers must agree.

The reference is asked first, in a folder and in hosts of its own. Where answers differ, parts of
the sequence are asked again in fresh hosts, until the shortest is found that still differs.
"""

import functools
import importlib.util
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from ..harness.failures import Failure, GraderFault, SubmissionError
from ..harness.hosts import Clock
from ..harness.patience import OutOfPatience, allow
from ..harness.snapshot_process import SnapshotProcess
from .differences import Difference, describe_differences, find_differences
from .expectations import describe_code, describe_response
from .fixtures import Hosts, LabSet, Workplace
from .traffic import FILE_NAME, Facts, Labs, Step, Traffic, list_requests
from .visits import STARTS, Answer, Visit

MOST_RUNS = 20
"""How often a part of a sequence is asked to find the shortest."""

SHORTENING_SECONDS = 10.0
"""Undisturbed seconds for all of that: much less than a criterion may take."""


@functools.cache
def read_traffic(grader: Path) -> Mapping[str, Traffic]:
    """Import the traffic of a grader's folder; give it by name, and nothing without a file."""
    path = grader / FILE_NAME
    if not path.is_file():
        return {}
    specification = importlib.util.spec_from_file_location("traffic", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return {name: each for name, each in vars(module).items() if isinstance(each, Traffic)}


@dataclass(frozen=True)
class Side:
    """Who is asked: the submission or the reference, and where its hosts come from."""

    hosts: Hosts
    snapshot: SnapshotProcess
    lab_set: LabSet


@dataclass(frozen=True)
class Finding:
    """The shortest sequence known to differ, the answer that does, and what differs in it."""

    steps: Sequence[Step]
    answer: Answer
    expected: Facts
    differences: Sequence[Difference]
    did: Sequence[str]


Recordings = dict[str, str]
"""What the reference answered, as JSON, by criterion."""

Outcomes = Sequence[Sequence[Answer]]
"""The answers to the requests of each step; the last are what is found at the end."""


@pytest.fixture
def oracle(
    request: pytest.FixtureRequest, workplace: Workplace, hosts: Hosts
) -> "Iterator[Oracle]":
    """Give a way to compare the submission with the reference over drawn traffic."""
    with ExitStack() as stack:
        yield Oracle(workplace, hosts, request.path.parent, request.node.name, stack)


class Oracle:
    """Compare the answers of a submission with those of the reference."""

    def __init__(
        self, workplace: Workplace, hosts: Hosts, folder: Path, name: str, stack: ExitStack
    ) -> None:
        self._submission = Side(hosts, workplace.snapshot, workplace.lab_set)
        self._reference: Side | None = None
        self._workplace = workplace
        self._traffic = read_traffic(folder)
        self._seed = f"{workplace.seed}/{name}"
        self._stack = stack

    async def compare(self, name: str = "traffic") -> None:
        """Send a drawn sequence to both; `Failure` with one to three requests if they differ."""
        traffic = self._traffic[name]
        steps = traffic.draw(self._seed)
        if self._seed not in self._workplace.recordings:
            answers = await self._ask_reference(traffic, steps)
            self._workplace.recordings[self._seed] = json.dumps(answers)
        expected = json.loads(self._workplace.recordings[self._seed])
        finding = await self._try(traffic, steps, expected)
        if finding is not None:
            raise _describe(await self._shorten(traffic, finding))

    async def _ask_reference(self, traffic: Traffic, steps: Sequence[Step]) -> list[list[Facts]]:
        if self._reference is None:
            if self._workplace.open_reference is None:
                raise GraderFault("Traffic is compared where there is no reference.")
            snapshot = self._stack.enter_context(self._workplace.open_reference())
            lab_set = self._workplace.lab_set
            unseen = replace(lab_set, make_upstream=None, make_mail_server=None)
            self._reference = Side(Hosts(snapshot), snapshot, unseen)
        try:
            outcomes = await _run(self._reference, traffic, steps)
        except (SubmissionError, Failure) as error:
            last = " ".join(error.did[-1:])
            raise GraderFault(f"The reference fails: {error} {last}") from error
        for step, answers in zip(steps, outcomes, strict=False):
            if not any(each.crashes for each in list_requests(step)):
                _refuse_crash(answers)
        return [[answer.facts for answer in answers] for answers in outcomes]

    async def _try(
        self, traffic: Traffic, steps: Sequence[Step], expected: Sequence[Sequence[Facts]]
    ) -> Finding | None:
        """Ask the submission; give the first answer that is not as expected."""
        found: list[Finding] = []

        def look(outcomes: Outcomes, did: Sequence[str]) -> bool:
            index = len(outcomes) - 1
            for wanted, answer in zip(expected[index], outcomes[index], strict=True):
                if differences := _compare(traffic, wanted, answer.facts):
                    found.append(Finding(steps[: index + 1], answer, wanted, differences, did))
                    return True
            return False

        try:
            await _run(self._submission, traffic, steps, look, expected)
        except SubmissionError as error:
            if error.kind == "hang":  # it has answered others, so this is one way to differ
                raise Failure("an answer", error.message, error.did, "", error.where) from None
            raise
        return found[0] if found else None

    async def _shorten(self, traffic: Traffic, finding: Finding) -> Finding:
        """Leave out steps for as long as an answer still differs (Zeller's `ddmin`)."""
        found = [finding]
        with suppress(OutOfPatience):  # that an answer differs is known; the report is only longer
            async with allow(SHORTENING_SECONDS, self._submission.snapshot.list_pids):
                await self._leave_out(traffic, found)
        return found[-1]

    async def _leave_out(self, traffic: Traffic, found: list[Finding]) -> None:
        steps = found[-1].steps
        size, runs = len(steps) - 1, 0
        while size > 0 and len(steps) > 1:
            size = min(size, len(steps) - 1)
            for start in range(0, len(steps), size):
                if runs == MOST_RUNS:
                    return
                runs += 1
                part = [*steps[:start], *steps[start + size :]]
                with suppress(GraderFault, SubmissionError, Failure):  # this part tells nothing
                    expected = await self._ask_reference(traffic, part)
                    if shorter := await self._try(traffic, part, expected):
                        found.append(shorter)
                        steps = shorter.steps
                        break
            else:
                size //= 2


def _refuse_crash(answers: Sequence[Answer]) -> None:
    for response in [each.response for each in answers if each.response is not None]:
        if response.status_code == 500:
            asked = response.request
            target = asked.url.raw_path.decode()
            raise GraderFault(f"The reference answers 500 to {asked.method} {target}")


def _compare(traffic: Traffic, expected: Facts, seen: Facts) -> list[Difference]:
    """Compare two answers; where their status differs, or whether the app starts, that is all."""
    status = expected.get("status")
    freedoms = [each for each in traffic.freedoms if each.status in (None, status)]
    differences = list(find_differences(expected, seen, freedoms))
    return [each for each in differences if each.path in ("status", STARTS)] or differences


async def _run(
    side: Side,
    traffic: Traffic,
    steps: Sequence[Step],
    look: Callable[[Outcomes, Sequence[str]], bool] = lambda *_: False,
    expected: Sequence[Sequence[Facts]] = (),
) -> Outcomes:
    """Take all steps in one fresh host, until `look` has seen enough; give what came of each.

    What is `expected` of sessions is waited for.
    """
    outcomes: list[Sequence[Answer]] = []
    async with AsyncExitStack() as stack:
        visit = Visit(await _open_labs(side, traffic, stack), traffic, side.hosts)
        stack.push_async_callback(visit.leave)
        for index, step in enumerate(steps):
            wanted = expected[index] if expected else ()
            outcomes.append(await visit.take(step, wanted))
            if look(outcomes, visit.did):
                return outcomes
        outcomes.append([Answer(traffic.inspect(visit.labs))])
        look(outcomes, visit.did)
    return outcomes


async def _open_labs(side: Side, traffic: Traffic, stack: AsyncExitStack) -> Labs:
    """Open a host with labs that nobody has used yet; afterwards nothing of them is left."""
    given: dict[str, Any] = dict.fromkeys(("database", "clock", "upstream", "mail"))
    if "database" in side.lab_set.labs:
        work = side.snapshot.folder.work
        given["database"] = side.lab_set.open_database(work, side.snapshot.list_pids)
    if "clock" in side.lab_set.labs:
        given["clock"] = clock = Clock(side.hosts.move_clock)
        await clock.advance(0)
    if "upstream" in side.lab_set.labs:
        given["upstream"] = await stack.enter_async_context(side.lab_set.open_upstream())
    if "mail" in side.lab_set.labs:
        given["mail"] = await stack.enter_async_context(side.lab_set.open_mail_server())
    stack.callback(side.lab_set.empty, side.snapshot.folder)
    host = await side.hosts.open(start=False)
    stack.callback(host.kill)
    labs = Labs(host, **given)
    labs = replace(labs, prepared=traffic.prepare(labs))
    await host.start()
    return labs


def _describe(finding: Finding) -> Failure:
    response = finding.answer.response
    exchange = finding.answer.exchange
    where = (exchange.locations or exchange.endpoint) if exchange is not None else ()
    if finding.differences[0].path == "status" and response is not None:
        expected = f"status {describe_code(finding.expected['status'])}"
        seen = describe_response(response)
    else:
        expected, seen = describe_differences(
            [replace(each, path=_name(each.path)) for each in finding.differences]
        )
    if (refusal := finding.answer.refusal) is not None:
        seen, where = f"{seen}\n{refusal.message}", tuple(refusal.where)
    return Failure(expected, seen, list(finding.did), "", where)


def _name(path: str) -> str:
    """Name a place as a learner knows it: in the body, unless it is said otherwise."""
    return path.removeprefix("body").lstrip(".")
