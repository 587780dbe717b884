"""The clock: the time that submissions see, moved by the test and never waited for."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

START = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
"""When every criterion begins: a day like any other, far from the edges of a year."""


class Clock:
    """A clock that stands still; all copies of the submission see the same time."""

    def __init__(self, move: Callable[[float], Awaitable[None]]) -> None:
        self.now = START
        self._move = move

    async def advance(self, seconds: float = 0, **units: float) -> datetime:
        """Move forward by seconds, or by the units of `timedelta`; give the new time in UTC."""
        self.now += timedelta(seconds=seconds, **units)
        await self._move(self.now.timestamp())
        return self.now
