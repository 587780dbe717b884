"""Barriers: where callers are held so that their order and their number are facts.

Nothing here is timed: whoever waits for callers to arrive brings the deadline.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Watch:
    """Wakes those who wait for a state, even if it held only for a moment."""

    def __init__(self) -> None:
        self._awaited: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until `holds()` is true, now or at a later `look`; for ever if it never is."""
        if not holds():
            reached: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._awaited.append((holds, reached))
            await reached

    def look(self) -> None:
        """Wake everyone whose state holds now; to be called after each change."""
        for holds, reached in self._awaited:
            if not reached.done() and holds():
                reached.set_result(None)
        self._awaited = [each for each in self._awaited if not each[1].done()]


class Barrier:
    """Holds callers, in order of arrival, until they are released.

    `peak` is the most callers that ever waited at the same moment.
    """

    def __init__(self) -> None:
        self.peak = 0
        self._opened = False
        self._held: deque[asyncio.Future[None]] = deque()
        self._watch = Watch()

    @property
    def waiting(self) -> int:
        """Give how many callers are held now; one that is cancelled no longer counts."""
        return len(self._list_held())

    async def enter(self) -> None:
        """Wait inside until released; return at once if the barrier is open."""
        if self._opened:
            return
        passed = self._join()
        try:
            await passed
        finally:
            if passed in self._held:
                self._held.remove(passed)
                self._watch.look()

    @asynccontextmanager
    async def pass_through(self) -> AsyncIterator[None]:
        """Run the body of an `async with` only once released."""
        await self.enter()
        yield

    async def arrivals(self, count: int) -> None:
        """Wait until `count` callers are held at the same moment; for ever if they never are."""
        await self._watch.until(lambda: self.waiting >= count)

    async def emptied(self) -> None:
        """Wait until no caller is held: all were released, or have gone."""
        await self._watch.until(lambda: not self._held)

    def release(self, count: int | None = None) -> None:
        """Let the first `count` of the callers held now pass, or all; nothing is kept for later."""
        for passed in self._list_held()[:count]:
            self._held.remove(passed)
            passed.set_result(None)
        self._watch.look()

    def open(self) -> None:
        """Let everybody pass from now on."""
        self._opened = True
        self.release()

    def _list_held(self) -> list[asyncio.Future[None]]:
        """List who is held; one that has been cancelled may not have left yet."""
        return [each for each in self._held if not each.done()]

    def _join(self) -> asyncio.Future[None]:
        passed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held.append(passed)
        self.peak = max(self.peak, self.waiting)
        self._watch.look()
        return passed


class SelfOpeningBarrier(Barrier):
    """A barrier that opens by itself once `parties` callers are held at the same moment.

    `met` tells whether that happened; one that was opened by hand has not met.
    """

    def __init__(self, parties: int) -> None:
        super().__init__()
        self.parties = parties
        self.met = False

    def _join(self) -> asyncio.Future[None]:
        passed = super()._join()
        if self.waiting == self.parties:
            self.met = True
            self.open()
        return passed
