"""Patience: how long the grader waits on a path that can only fail.

No right answer depends on it. Time in which the host or the grader stood ready but was given no
processor does not count, so that a busy machine does not turn a right answer into a wrong one.
While the grader itself computes nothing asynchronous can run: there a signal of its processor time
counts.
"""

import asyncio
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from .evidence import Event, Sent
from .failures import SubmissionError
from .processes import Stopwatch

Result = TypeVar("Result")

SECONDS = 2.0 if sys.platform == "linux" else 10.0
"""Undisturbed seconds without an answer that count as none (a right one takes milliseconds)."""

unhurried: ContextVar[bool] = ContextVar("unhurried", default=False)
"""Set in tasks whose requests a lab holds on purpose: they wait until the test goes on."""

without_deadlines: ContextVar[bool] = ContextVar("without_deadlines", default=False)
"""Set where a person debugs the app: nothing is too late."""


@contextmanager
def suspend_deadlines() -> Iterator[None]:
    """Let nothing be too late in the body."""
    token = without_deadlines.set(True)
    try:
        yield
    finally:
        without_deadlines.reset(token)


_LOOK_EVERY = 0.1
_FEWEST_LOOKS = 120
"""How often a long limit is looked at: each look costs, and most criteria end before the first."""


class OutOfPatience(Exception):
    """Nothing came although the host had its chance to run."""


@asynccontextmanager
async def allow(
    seconds: float, pids: Callable[[], Iterable[int]], longer: Stopwatch | None = None
) -> AsyncIterator[Stopwatch]:
    """Give the body so many undisturbed seconds of the processes; then raise `OutOfPatience`.

    Meanwhile a `longer` stopwatch, of which this is a part, is looked at as often.
    """
    loop = asyncio.get_running_loop()
    every = max(_LOOK_EVERY, seconds / _FEWEST_LOOKS)
    stopwatch = Stopwatch(pids, every)
    limit = asyncio.timeout(None)
    timer: asyncio.TimerHandle | None = None

    def look() -> None:
        nonlocal timer
        if longer is not None:
            longer.look()
        if stopwatch.has_reached(seconds):
            limit.reschedule(loop.time())
        else:
            timer = loop.call_later(every, look)

    if not without_deadlines.get():
        look()
    try:
        async with limit:
            yield stopwatch
    except TimeoutError:
        if limit.expired():
            raise OutOfPatience from None
        raise
    finally:
        if timer is not None:
            timer.cancel()


class Patience:
    """Wait for something on behalf of host processes."""

    def __init__(self, pids: Callable[[], Iterable[int]], seconds: float = SECONDS) -> None:
        self._pids = pids
        self._seconds = seconds

    async def wait(
        self,
        awaitable: Awaitable[Result],
        seconds: float | None = None,
        longer: Stopwatch | None = None,
    ) -> Result:
        """Give the awaitable's result; `OutOfPatience` once the time has passed undisturbed.

        A `longer` stopwatch counts this time too.
        """
        if unhurried.get():
            return await awaitable
        async with allow(seconds or self._seconds, self._pids, longer):
            return await awaitable


CALL_SECONDS = 20.0
"""Undisturbed seconds that one call may keep the grader waiting, event after event."""


class CallLimit:
    """Count what a call of the application sends, and for how long.

    Each event renews patience, but not for ever: a call that goes on without an end is told by what
    came of it until then.
    """

    def __init__(self, scope: dict[str, Any], pids: Callable[[], Iterable[int]]) -> None:
        self._scope = scope
        self.stopwatch = Stopwatch(pids)
        """Looked at while the grader waits: of a wait that nobody watched it counts little."""
        self._pieces = 0

    def exceed(self, event: Event) -> str | None:
        """Count an event; say what went on too long, or `None` while there is time left."""
        self._pieces += isinstance(event, Sent)
        if without_deadlines.get() or not self.stopwatch.has_reached(CALL_SECONDS):
            return None
        return self._describe()

    def _describe(self) -> str:
        path = self._scope.get("path", "")
        after = f"after {CALL_SECONDS:.0f} seconds"
        match self._scope["type"]:
            case "http":
                what = f"The body of {self._scope['method']} {path}"
                return f"{what} came in {self._pieces - 1} pieces and was not complete {after}."
            case "websocket":
                return f"The WebSocket {path} had sent {self._pieces} messages {after}, too slowly."
            case _:
                return f"The lifespan was not done {after}."


_REPEAT_SECONDS = 0.5
"""How soon it is raised again: an event loop or a parser may swallow the first."""


@contextmanager
def limit_processor_time(seconds: float) -> Iterator[None]:
    """Raise `SubmissionError` in the body once this process has used so much of the processor.

    Only processor time counts, so that a busy machine changes nothing. Signals reach the main
    thread alone: in another one there is no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    message = f"The grader took more than {seconds:g} seconds to read what the app sent."
    is_over = False

    def give_up(*_: object) -> None:
        nonlocal is_over
        is_over = True
        raise SubmissionError("limit", message)

    before = signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, seconds, _REPEAT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        if is_over:  # whatever caught it, and whatever came of that
            raise SubmissionError("limit", message)
