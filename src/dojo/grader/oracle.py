"""The oracle: drawn traffic goes to the submission and to the reference, and answers must agree.

The reference is asked first, in a folder and in hosts of its own. Where answers differ, parts of
the sequence are asked again in fresh hosts, until the shortest is found that still differs.
"""

import asyncio
import functools
import importlib.util
import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from ..harness.failures import Failure, GraderFault, SubmissionError
from ..harness.hosts import Clock
from ..harness.http_client import BASE_URL, HostTransport, finish
from ..harness.patience import OutOfPatience
from ..harness.snapshot_process import SnapshotProcess
from .differences import Difference, describe_differences, find_differences
from .expectations import describe_code, describe_response, read_text
from .fixtures import Hosts, LabSet, Workplace
from .rendezvous import send_together
from .traffic import (
    FILE_NAME,
    Change,
    Facts,
    Labs,
    Request,
    Step,
    Together,
    Traffic,
    list_requests,
)

MOST_RUNS = 20
"""How often a part of a sequence is asked to find the shortest."""

_MOST_SHOWN = 3
_HEADERS = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "curl/8.0"}


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
class Answer:
    """What one request came to, or the end of a sequence, which has no response: facts by name."""

    facts: Facts
    response: httpx.Response | None = None


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
            self._reference = Side(Hosts(snapshot), snapshot, self._workplace.lab_set)
        try:
            outcomes = await _run(self._reference, traffic, steps)
        except SubmissionError as error:
            raise GraderFault(f"The reference fails: {error} {_last(error.did)}") from error
        for step, answers in zip(steps, outcomes, strict=False):
            for request, answer in zip(list_requests(step), answers, strict=True):
                if answer.facts["status"] == 500 and not request.crashes:
                    raise GraderFault(
                        f"The reference answers 500 to {request.method} {request.path}"
                    )
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
            await _run(self._submission, traffic, steps, look)
        except SubmissionError as error:
            if error.kind == "hang":  # it has answered others, so this is one way to differ
                raise Failure("an answer", error.message, error.did, "", error.where) from None
            raise
        return found[0] if found else None

    async def _shorten(self, traffic: Traffic, finding: Finding) -> Finding:
        """Leave out steps for as long as an answer still differs (Zeller's `ddmin`)."""
        size, runs = len(finding.steps) - 1, 0
        while size > 0 and len(finding.steps) > 1:
            size = min(size, len(finding.steps) - 1)
            for start in range(0, len(finding.steps), size):
                part = [*finding.steps[:start], *finding.steps[start + size :]]
                if runs == MOST_RUNS:
                    return finding
                runs += 1
                shorter = await self._try(traffic, part, await self._ask_reference(traffic, part))
                if shorter is not None:
                    finding = shorter
                    break
            else:
                size //= 2
        return finding


def _compare(traffic: Traffic, expected: Facts, seen: Facts) -> list[Difference]:
    """Compare two answers; where their status differs, nothing else needs to be told."""
    status = expected.get("status")
    freedoms = [each for each in traffic.freedoms if each.status in (None, status)]
    differences = list(find_differences(expected, seen, freedoms))
    return [each for each in differences if each.path == "status"] or differences


async def _run(
    side: Side,
    traffic: Traffic,
    steps: Sequence[Step],
    look: Callable[[Outcomes, Sequence[str]], bool] = lambda *_: False,
) -> Outcomes:
    """Take all steps in one fresh host, until `look` has seen enough; give what came of each."""
    outcomes: list[Sequence[Answer]] = []
    async with AsyncExitStack() as stack:
        labs = await _open_labs(side, traffic, stack)
        starts = list[int]()
        for step in steps:
            starts.append(len(labs.host.history))
            shown = starts[-_MOST_SHOWN:][0]
            try:
                outcomes.append(await _take(step, labs, traffic))
            except SubmissionError as error:
                error.did = labs.host.history[shown:]
                raise
            if look(outcomes, labs.host.history[shown:]):
                return outcomes
        outcomes.append([Answer(traffic.inspect(labs))])
        look(outcomes, labs.host.history[-_MOST_SHOWN:])
    return outcomes


async def _take(step: Step, labs: Labs, traffic: Traffic) -> Sequence[Answer]:
    """Do what a step says, and give the answers to its requests."""
    match step:
        case Change():
            await _apply(step, labs)
            return ()
        case Request():
            responses = [await _send(step, labs)]
        case Together():
            responses = await _send_together(step, labs)
    return [_read(response, labs, traffic) for response in responses]


async def _open_labs(side: Side, traffic: Traffic, stack: AsyncExitStack) -> Labs:
    """Open a host with labs that nobody has used yet; afterwards nothing of them is left."""
    given: dict[str, Any] = dict.fromkeys(("database", "clock", "upstream"))
    if "database" in side.lab_set.labs:
        from ..harness.database import Database

        given["database"] = Database(side.snapshot.folder.work, side.snapshot.list_pids)
    if "clock" in side.lab_set.labs:
        given["clock"] = clock = Clock(side.hosts.move_clock)
        await clock.advance(0)
    if "upstream" in side.lab_set.labs:
        from ..harness.upstream import Upstream

        given["upstream"] = await stack.enter_async_context(
            Upstream(side.lab_set.listeners["upstream"])
        )
    stack.callback(side.snapshot.folder.empty_work)
    host = await side.hosts.open(start=False)
    stack.callback(host.kill)
    labs = Labs(host, **given)
    traffic.prepare(labs)
    await host.start()
    return labs


async def _apply(change: Change, labs: Labs) -> None:
    labs.host.history.append(f"# {change.description}")
    done = change.apply(labs)
    if inspect.isawaitable(done):
        await done


async def _send(step: Request, labs: Labs) -> httpx.Response:
    request = httpx.Request(
        step.method,
        f"{BASE_URL}{step.path}",
        headers={**_HEADERS, **step.headers},
        content=step.content or None,
    )
    response = await HostTransport(labs.host).handle_async_request(request)
    response.request = request
    return await finish(response)


async def _send_together(step: Together, labs: Labs) -> list[httpx.Response]:
    """Send requests at the same moment."""
    host = labs.host
    if step.change is not None:
        await _apply(step.change, labs)
    host.history.append(f"# {len(step.requests)} requests at the same moment")
    tasks = await send_together(host, *(_send(each, labs) for each in step.requests))
    try:
        return list(await host.patience.wait(asyncio.gather(*tasks)))
    except OutOfPatience:
        where = await host.where()
        cause = f": {host.cause}" if host.cause else ""
        raise host.error("hang", f"The app does not answer{cause}.", where) from None


def _read(response: httpx.Response, labs: Labs, traffic: Traffic) -> Answer:
    named = ("content-type", *traffic.headers)
    return Answer(
        {
            "status": response.status_code,
            "headers": {name: _read_header(response, name) for name in named},
            "body": _read_body(response),
            **traffic.watch(labs, response),
        },
        response,
    )


def _read_header(response: httpx.Response, name: str) -> str | None:
    value: str | None = response.headers.get(name)
    if value is not None and name == "content-type":
        return value.partition(";")[0].strip().lower()
    return value


def _read_body(response: httpx.Response) -> Any:
    """Give the JSON value of a body, or its text if it holds none."""
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return read_text(response)


def _describe(finding: Finding) -> Failure:
    response = finding.answer.response
    exchange = response.extensions["exchange"] if response is not None else None
    where = (exchange.locations or exchange.endpoint) if exchange is not None else ()
    if finding.differences[0].path == "status" and response is not None:
        expected = f"status {describe_code(finding.expected['status'])}"
        seen = describe_response(response)
    else:
        expected, seen = describe_differences(
            [replace(each, path=_name(each.path)) for each in finding.differences]
        )
    return Failure(expected, seen, list(finding.did), "", where)


def _name(path: str) -> str:
    """Name a place as a learner knows it: in the body, unless it is said otherwise."""
    return path.removeprefix("body").lstrip(".")


def _last(did: Sequence[str]) -> str:
    return did[-1] if did else ""
