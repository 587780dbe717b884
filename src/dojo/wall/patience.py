"""Patience: how long the grader waits on a path that can only fail.

No right answer depends on it. Time in which the host or the grader stood ready but was given no
processor does not count, so that a busy machine does not turn a right answer into a wrong one.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import TypeVar

from .processes import read_waits

Result = TypeVar("Result")

SECONDS = 2.0 if sys.platform == "linux" else 10.0
"""Undisturbed seconds without an answer that count as none (a right one takes milliseconds)."""

unhurried: ContextVar[bool] = ContextVar("unhurried", default=False)
"""Set in tasks whose requests a lab holds on purpose: they wait until the test goes on."""

_LONGEST = 60.0
_LOOK_EVERY = 0.1


class OutOfPatience(Exception):
    """Nothing came although the host had its chance to run."""


class Stopwatch:
    """Count the seconds in which the grader and the host process `pid` could run."""

    def __init__(self, pid: Callable[[], int], longest: float = _LONGEST) -> None:
        self._pid = pid
        self._longest = longest
        self._started = time.monotonic()
        self._disturbed = 0.0
        self._waits = self._read()

    def has_reached(self, seconds: float) -> bool:
        """Tell whether so many undisturbed seconds are over; ask often: threads come and go."""
        waits = self._read()
        self._disturbed += sum(
            waited - self._waits.get(thread, 0.0) for thread, waited in waits.items()
        )
        self._waits = waits
        elapsed = time.monotonic() - self._started
        return elapsed - self._disturbed > seconds or elapsed > self._longest

    def _read(self) -> dict[int, float]:
        return read_waits(self._pid()) | read_waits(os.getpid())


class Patience:
    """Wait for something on behalf of the host process `pid`."""

    def __init__(self, pid: Callable[[], int], seconds: float = SECONDS) -> None:
        self._pid = pid
        self._seconds = seconds

    async def wait(self, awaitable: Awaitable[Result], seconds: float | None = None) -> Result:
        """Give the awaitable's result; `OutOfPatience` once the time has passed undisturbed."""
        if unhurried.get():
            return await awaitable
        loop = asyncio.get_running_loop()
        limit = asyncio.timeout(None)
        stopwatch: Stopwatch | None = None  # most answers come before there is anything to count
        next_look: asyncio.TimerHandle

        def look() -> None:
            nonlocal stopwatch, next_look
            stopwatch = stopwatch or Stopwatch(self._pid)
            if stopwatch.has_reached(seconds or self._seconds):
                limit.reschedule(loop.time())
            else:
                next_look = loop.call_later(_LOOK_EVERY, look)

        next_look = loop.call_later(_LOOK_EVERY, look)
        try:
            async with limit:
                return await awaitable
        except TimeoutError:
            if limit.expired():
                raise OutOfPatience from None
            raise
        finally:
            next_look.cancel()
