"""The oracle: drawn traffic goes to the submission and to the reference, and answers must agree.

The reference is asked first, in a folder and in hosts of its own. Where answers differ, parts of
the sequence are asked again in fresh hosts, until the shortest is found that still differs.
"""

import asyncio
import functools
import importlib.util
import inspect
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from ..harness.barriers import Barrier
from ..harness.failures import Failure, GraderFault, SubmissionError
from ..harness.hosts import Clock, Exchange
from ..harness.http_client import BASE_URL, HostTransport, exchange_of, finish
from ..harness.patience import OutOfPatience, allow
from ..harness.snapshot_process import SnapshotProcess
from .differences import Difference, describe_differences, find_differences, show_json
from .expectations import describe_code, describe_response, read_text
from .fixtures import Hosts, LabSet, Workplace
from .rendezvous import Rendezvous, expect_answer, send_together
from .traffic import (
    FILE_NAME,
    HELD,
    Change,
    Conversation,
    Facts,
    Hold,
    Labs,
    Release,
    Request,
    SessionStep,
    Start,
    Step,
    Together,
    Traffic,
    list_requests,
)

MOST_RUNS = 20
"""How often a part of a sequence is asked to find the shortest."""

SHORTENING_SECONDS = 10.0
"""Undisturbed seconds for all of that: much less than a criterion may take."""

STARTS = "the app starts"

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
    """What one request or start came to, or the end of a sequence: facts by name.

    Only requests have a response, and only a start that fails has a `refusal`.
    """

    facts: Facts
    response: httpx.Response | None = None
    exchange: Exchange | None = None
    refusal: SubmissionError | None = None


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


class Visit:
    """A fresh host in which steps are taken, one after the other; some requests stay under way."""

    def __init__(self, labs: Labs, traffic: Traffic, hosts: Hosts) -> None:
        self.labs = labs
        self._traffic = traffic
        self._hosts = hosts
        self._ends = [0] * _MOST_SHOWN
        self._under_way: deque[Rendezvous] = deque()
        self._conversation = Conversation(labs.host)

    @property
    def did(self) -> Sequence[str]:
        """Give what the last steps with requests did, and what happened between and after them."""
        return self.labs.host.history[self._ends[-_MOST_SHOWN - 1 :][0] :]

    async def take(self, step: Step, expected: Sequence[Facts] = ()) -> Sequence[Answer]:
        """Take a step; give the answers that came of it."""
        try:
            answers = await self._take(step, expected)
        except (Failure, SubmissionError) as error:
            self._end(step)
            error.did = self.did
            raise
        self._end(step)
        return answers

    def _end(self, step: Step) -> None:
        if list_requests(step) or isinstance(step, SessionStep | Start):
            self._ends.append(len(self.labs.host.history))

    async def _take(self, step: Step, expected: Sequence[Facts]) -> Sequence[Answer]:
        match step:
            case Change():
                await self._apply(step)
                return ()
            case Request():
                return [self._read(await self._ask(step))]
            case Together():
                return [self._read(response) for response in await self._send_together(step)]
            case Hold():
                return await self._hold(step)
            case Release():
                return await self._release(step)
            case Start():
                return [await self._start(step)]
            case _:
                return [await self._converse(step, *expected)]

    async def _start(self, step: Start) -> Answer:
        """Let a fresh host take the place of the one that runs; what was done goes on."""
        self._note(step.description)
        self.labs.host.kill()
        self._hosts.write_files(step.files)
        host = await self._hosts.open(start=False, **step.environment)
        host.history = self.labs.host.history
        self.labs = replace(self.labs, host=host)
        self._conversation = Conversation(host)
        try:
            await host.start()
        except SubmissionError as error:
            if error.kind != "startup":
                raise
            told = self._traffic.watch_refusal(self.labs, error)
            return Answer({STARTS: False, **told}, refusal=error)
        return Answer({STARTS: True})

    async def _converse(self, step: SessionStep, *expected: Facts) -> Answer:
        facts = await self._conversation.take(step, *expected)
        peer = self._conversation.find(step.name)
        return Answer(facts, exchange=None if peer is None else peer.exchange)

    async def _apply(self, change: Change) -> None:
        self._note(change.description)
        done = change.apply(self.labs)
        if inspect.isawaitable(done):
            await done

    async def leave(self) -> None:
        """Give up the requests that are still under way, and the host in which they are."""
        tasks = [task for each in self._under_way for task in each.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.labs.host.kill()

    async def _ask(self, step: Request) -> httpx.Response:
        """Send a request; it is a failure if it waits for those that are under way."""
        if not self._under_way:
            return await self._send(step)
        moment = "while another request is under way"
        return await expect_answer(self.labs.host, self._send(step), moment)

    async def _send_together(self, step: Together) -> list[httpx.Response]:
        """Send requests at the same moment; `Failure` if not all of them are answered."""
        host, number = self.labs.host, len(step.requests)
        if step.change is not None:
            await self._apply(step.change)
        self._note(f"{number} requests at the same moment")
        tasks = await send_together(host, *map(self._send, step.requests))
        try:
            return list(await host.patience.wait(asyncio.gather(*tasks)))
        except OutOfPatience:
            where = await host.where()
            seen = f"no answer: {host.cause}" if host.cause else "no answer"
            expected = f"an answer to each of the {number} requests"
            raise Failure(expected, seen, list(host.history), "", where) from None

    async def _hold(self, step: Hold) -> Sequence[Answer]:
        host, barrier, opened = self.labs.host, Barrier(), Barrier()
        opened.open()
        step.apply(self.labs, barrier)
        if len(step.requests) > 1:
            self._note(f"{len(step.requests)} requests at the same moment")
        tasks = await send_together(host, *map(self._send, step.requests))
        rendezvous = Rendezvous(host, barrier, tasks)
        await rendezvous.settle()
        step.apply(self.labs, opened)
        if open_tasks := rendezvous.open_tasks:
            self._note(step.description)
            self._under_way.append(Rendezvous(host, barrier, open_tasks))
        answers = self._sort(task.result() for task in tasks if task.done())
        codes = ", ".join(str(answer.facts["status"]) for answer in answers)
        under_way = f"{rendezvous.inside} of {len(tasks)}" + (
            f"; answered {codes}" if codes else ""
        )
        return [Answer({"under way": under_way}), *answers]

    async def _release(self, step: Release) -> Sequence[Answer]:
        self._note(step.description)
        responses = await self._under_way.popleft().part() if self._under_way else []
        return [replace(each, facts={**each.facts, HELD: True}) for each in self._sort(responses)]

    def _note(self, description: str) -> None:
        self.labs.host.history.append(f"# {description}")

    async def _send(self, step: Request) -> httpx.Response:
        request = httpx.Request(
            step.method,
            f"{BASE_URL}{step.path if step.follow is None else step.follow(self.labs)}",
            headers=httpx.Headers({**_HEADERS, **step.headers}, encoding="latin-1"),
            content=step.content or None,
        )
        transport = HostTransport(self.labs.host, step.client)
        response = await transport.handle_async_request(request)
        response.request = request
        return await finish(response)

    def _sort(self, responses: Iterable[httpx.Response]) -> list[Answer]:
        """Read answers that may come in any order."""
        return sorted(map(self._read, responses), key=lambda answer: show_json(answer.facts))

    def _read(self, response: httpx.Response) -> Answer:
        named = ("content-type", *self._traffic.headers)
        return Answer(
            {
                "status": response.status_code,
                "headers": {name: _read_header(response, name) for name in named},
                "body": _read_body(response),
                **self._traffic.watch(self.labs, response),
            },
            response,
            exchange_of(response),
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
