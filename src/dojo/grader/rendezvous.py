"""Rendezvous: requests that should be inside a lab at the same moment, whoever answers first.

That callers overlap is proven by their meeting, never by time: the lab holds each of them until the
criterion goes on. Only a rendezvous that does not come about costs patience.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from ..harness import patience
from ..harness.failures import Failure, Location, SubmissionError
from ..harness.hosts import Host
from ..harness.http_client import exchange_of
from ..harness.patience import OutOfPatience, unhurried
from .expectations import describe_response

if TYPE_CHECKING:
    from ..harness.barriers import Barrier

Answer = TypeVar("Answer")

SECONDS = patience.SECONDS / 2
"""Undisturbed seconds in which callers that can come to a rendezvous have come."""


class Rendezvous:
    """Several requests under way, and how many of them were inside the lab together."""

    def __init__(
        self, host: Host, barrier: "Barrier", tasks: Sequence["asyncio.Task[httpx.Response]"]
    ) -> None:
        self.tasks = tasks
        self.inside = 0
        self.early: httpx.Response | None = None
        self.where: tuple[Location, ...] = ()
        self.cause = ""
        self._host = host
        self._barrier = barrier

    async def gather(self, *, mind_answers: bool) -> None:
        """Wait until all callers are inside, one is answered early, or patience ends."""
        arrivals = asyncio.create_task(self._barrier.arrivals(len(self.tasks)))
        ends: list[asyncio.Task[Any]] = [arrivals, *(self.tasks if mind_answers else [])]
        try:
            first = asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            await self._host.patience.wait(first, SECONDS)
        except OutOfPatience:
            self.where = await self._host.where()
            self.cause = self._host.cause
        finally:
            arrivals.cancel()
        self.inside = self._barrier.waiting
        answered = [task.result() for task in self.tasks if task.done() and not task.exception()]
        self.early = answered[0] if answered else None

    async def settle(self) -> None:
        """Wait until each caller is inside or has its answer, or patience ends."""
        with contextlib.suppress(OutOfPatience):
            await self._host.patience.wait(self._watch(), SECONDS)
        self.inside = self._barrier.waiting

    async def _watch(self) -> None:
        while (waiting := self._barrier.waiting) < len(awaited := self.open_tasks):
            arrival = asyncio.create_task(self._barrier.arrivals(waiting + 1))
            try:
                await asyncio.wait([*awaited, arrival], return_when=asyncio.FIRST_COMPLETED)
            finally:
                arrival.cancel()

    @property
    def open_tasks(self) -> "list[asyncio.Task[httpx.Response]]":
        """Give the requests that are not answered yet."""
        return [task for task in self.tasks if not task.done()]

    def expect_all_inside(self, what: str, because: str = "") -> None:
        """Expect that all callers were inside together; `what` names the place they meet in."""
        for task in self.tasks:
            if task.done():
                task.result()  # a request that broke says why itself
        if self.early is not None:
            exchange = exchange_of(self.early)
            raise Failure(
                f"no answer before {what} answers",
                f"{describe_response(self.early)}, while {what} is still waiting",
                list(self._host.history),
                because,
                exchange.locations or exchange.endpoint,
            )
        if self.inside < len(self.tasks):
            number = len(self.tasks)
            together = f"{number} requests inside {what} at the same time"
            expected = together if number > 1 else f"the request inside {what}"
            seen = self._describe_inside()
            raise Failure(expected, seen, list(self._host.history), because, self.where)

    def _describe_inside(self) -> str:
        others = len(self.tasks) - self.inside
        missing = "the other does" if others == 1 else f"the other {others} do"
        seen = f"only {self.inside} inside; {missing} not come" if self.inside else "none inside"
        return f"{seen}: {self.cause}" if self.cause else seen

    async def part(self) -> list[httpx.Response]:
        """Let everybody in the lab go on; give the responses in the order of the requests."""
        self._barrier.open()
        try:
            return list(await self._host.patience.wait(asyncio.gather(*self.tasks)))
        except OutOfPatience:
            message = (
                f"The app does not answer, although all {len(self.tasks)} requests can continue."
            )
            raise self._host.error("hang", message, await self._host.where()) from None


async def meet(
    host: Host, barrier: "Barrier", *requests: Awaitable[httpx.Response], mind_answers: bool = True
) -> Rendezvous:
    """Send requests at once and gather them behind the barrier.

    Without `mind_answers` the callers are waited for even if the app answers before them.
    """
    rendezvous = Rendezvous(host, barrier, await send_together(host, *requests))
    await rendezvous.gather(mind_answers=mind_answers)
    return rendezvous


async def send_together(
    host: Host, *requests: Awaitable[httpx.Response]
) -> list["asyncio.Task[httpx.Response]"]:
    """Send requests so that the app finds all of them at the same moment."""
    with host.connection.hold_frames():
        tasks = [asyncio.create_task(_wait_unhurried(request)) for request in requests]
        await asyncio.sleep(0)  # each runs until it waits for its answer
    for task in tasks:
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return tasks


async def _wait_unhurried(request: Awaitable[httpx.Response]) -> httpx.Response:
    unhurried.set(True)
    return await request


async def expect_answer(
    host: Host, request: Awaitable[Answer], moment: str, because: str = ""
) -> Answer:
    """Expect a request to be answered at a certain moment, such as "while three quotes wait".

    A task of `send_together` would wait for long; from this moment on, it has the usual patience.
    """
    try:
        if isinstance(request, asyncio.Task):
            return await host.patience.wait(request)
        return await request
    except OutOfPatience:
        where = await host.where()
    except SubmissionError as error:
        if error.kind != "hang":
            raise
        where = tuple(error.where)
    seen = f"no answer: {host.cause}" if host.cause else "no answer"
    raise Failure(f"an answer {moment}", seen, list(host.history), because, where)
