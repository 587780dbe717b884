"""Visits: a host in which the steps of drawn traffic are taken, and what comes of each."""

import asyncio
import inspect
import json
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx

from ..harness.barriers import Barrier
from ..harness.failures import Failure, SubmissionError
from ..harness.hosts import Exchange
from ..harness.http_client import BASE_URL, HostTransport, exchange_of, finish
from ..harness.patience import OutOfPatience
from .differences import show_json
from .expectations import read_text
from .fixtures import Hosts
from .rendezvous import Rendezvous, expect_answer, send_together
from .traffic import (
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

STARTS = "the app starts"

_MOST_SHOWN = 3
_HEADERS = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "curl/8.0"}


@dataclass(frozen=True)
class Answer:
    """What one request or start came to, or the end of a sequence: facts by name.

    Only requests have a response, and only a start that fails has a `refusal`.
    """

    facts: Facts
    response: httpx.Response | None = None
    exchange: Exchange | None = None
    refusal: SubmissionError | None = None


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
                "body": read_body(response),
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


def read_body(response: httpx.Response) -> Any:
    """Give the JSON value of a body, or its text if it holds none."""
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return read_text(response)
