"""The clock moves the time that submissions see."""

from datetime import timedelta

from dojo.harness.hosts import START, Clock


class Moves:
    """Remember every time that was set."""

    def __init__(self) -> None:
        self.times: list[float] = []

    async def set_time(self, time: float) -> None:
        """Keep one time."""
        self.times.append(time)


async def test_clock_starts_in_utc() -> None:
    """Every criterion begins at the same moment, given in UTC."""
    clock = Clock(Moves().set_time)

    assert clock.now == START
    assert clock.now.utcoffset() == timedelta(0)


async def test_clock_advances_by_units() -> None:
    """Hours and seconds add up, and the submission is told the new time."""
    moves = Moves()
    clock = Clock(moves.set_time)
    await clock.advance(hours=24)
    now = await clock.advance(1)

    assert now - START == timedelta(hours=24, seconds=1)
    assert moves.times[-1] == now.timestamp()
