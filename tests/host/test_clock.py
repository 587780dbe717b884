"""The time that a submission sees is moved from outside; its event loop does not notice."""

from datetime import UTC, datetime

from ..conftest import OpenSubmission, fetch

APP = """
    import asyncio, time
    from datetime import UTC, datetime
    from fastapi import FastAPI

    app = FastAPI()
    imported = time.time()

    @app.get("/times")
    async def read_times() -> list[float]:
        return [time.time(), datetime.now(UTC).timestamp()]

    @app.get("/import")
    async def read_import() -> float:
        return imported

    @app.get("/pause")
    async def pause() -> float:
        loop = asyncio.get_running_loop()
        started, ticks = loop.time(), time.monotonic()
        await asyncio.sleep(0.01)
        return min(loop.time() - started, time.monotonic() - ticks)
"""
NEW_YEAR = datetime(2030, 1, 1, tzinfo=UTC).timestamp()


async def test_time_stands_where_it_is_set(open_submission: OpenSubmission) -> None:
    """All of Python's wall clocks show the time that was set, and no other."""
    host = await open_submission(APP).open()

    await host.move_clock(NEW_YEAR)

    assert (await fetch(host, "/times")).json() == [NEW_YEAR, NEW_YEAR]
    assert (await fetch(host, "/times")).json() == [NEW_YEAR, NEW_YEAR]


async def test_time_moves_again(open_submission: OpenSubmission) -> None:
    """The time can be moved on, and back."""
    host = await open_submission(APP).open()
    await host.move_clock(NEW_YEAR)

    await host.move_clock(NEW_YEAR + 3600.5)
    later = (await fetch(host, "/times")).json()
    await host.move_clock(NEW_YEAR - 60)
    earlier = (await fetch(host, "/times")).json()

    assert later == [NEW_YEAR + 3600.5] * 2
    assert earlier == [NEW_YEAR - 60] * 2


async def test_app_keeps_its_time_zone(open_submission: OpenSubmission) -> None:
    """An app that sets a time zone has it also after the time was moved."""
    host = await open_submission(
        """
        import os, time
        from datetime import datetime
        from fastapi import FastAPI

        os.environ["TZ"] = "IST-5:30"
        time.tzset()
        app = FastAPI()

        @app.get("/local")
        async def read_local() -> str:
            return datetime.now().isoformat()
        """
    ).open()

    await host.move_clock(NEW_YEAR)
    await host.move_clock(NEW_YEAR + 0.25)

    assert (await fetch(host, "/local")).json() == "2030-01-01T05:30:00.250000"


async def test_event_loop_goes_on(open_submission: OpenSubmission) -> None:
    """While the time stands still, timers of the event loop run out as always."""
    host = await open_submission(APP).open()
    await host.move_clock(NEW_YEAR)

    pause = (await fetch(host, "/pause")).json()

    assert 0.009 < pause < 60


async def test_other_copies_keep_their_time(open_submission: OpenSubmission, fork: bool) -> None:
    """Moving the time of one copy moves that of no other."""
    submission = open_submission(APP, fork=fork)
    moved, other = await submission.open(), await submission.open()

    await moved.move_clock(NEW_YEAR)

    assert max((await fetch(other, "/times")).json()) < NEW_YEAR
