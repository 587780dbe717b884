"""An event loop comes to rest, its timers moved on where that is asked for, and says so."""

import httpx

from dojo.harness.evidence import Sent
from dojo.harness.hosts import Exchange, Host
from dojo.harness.http_client import BASE_URL, start_request

from ..conftest import OpenSubmission

APP = """
    import asyncio, logging, threading
    from fastapi import FastAPI

    app = FastAPI()
    logger = logging.getLogger("kata.turns")
    tasks = set()

    async def take(turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        logger.info("rested")

    @app.get("/turns/{turns}")
    async def begin(turns: int) -> None:
        tasks.add(asyncio.create_task(take(turns)))

    @app.get("/deadlines/{seconds}")
    async def wait(seconds: float) -> str:
        try:
            await asyncio.wait_for(asyncio.Event().wait(), seconds)
        except TimeoutError:
            return "late"

    released = threading.Event()

    @app.get("/threads")
    def hold() -> None:
        released.wait()

    @app.get("/released")
    async def release() -> None:
        released.set()

    @app.get("/ages/{seconds}")
    async def grow(seconds: float) -> float:
        now = asyncio.get_running_loop().time
        began = now()
        await asyncio.sleep(seconds)
        return round(now() - began, -2)
"""


def ask(host: Host, path: str) -> Exchange:
    """Send a request without waiting for its answer."""
    return start_request(host, httpx.Request("GET", f"{BASE_URL}{path}"))


def list_sent(host: Host, asked: Exchange) -> list[object]:
    """List the bodies of what the app has sent in answer to a request."""
    return [each.event.get("body") for each in host.evidence.of(Sent) if each.call == asked.number]


async def test_rest_comes_after_all_turns(open_submission: OpenSubmission) -> None:
    """Whatever needs nothing but turns of the loop is done once it rests."""
    host = await open_submission(APP).open()
    ask(host, "/turns/500")

    await host.settle()

    assert len(host.evidence.logs("kata.turns")) == 1


async def test_loop_without_rest_is_not_awaited(open_submission: OpenSubmission) -> None:
    """A loop that never rests says so too, after many turns."""
    host = await open_submission(APP).open()
    ask(host, "/turns/100000000")

    await host.settle()

    assert host.evidence.logs("kata.turns") == []


async def test_timers_run_out_as_if_waited(open_submission: OpenSubmission) -> None:
    """A deadline of the app comes as soon as the loop's time is moved past it, and no sooner."""
    host = await open_submission(APP).open()
    asked = ask(host, "/deadlines/3600")

    await host.settle(seconds=1800)
    await host.settle(seconds=1700)
    early = list_sent(host, asked)
    await host.settle(seconds=101)

    assert early == []
    assert list_sent(host, asked) == [None, b'"late"']


async def test_kept_method_tells_moved_time(open_submission: OpenSubmission) -> None:
    """Who keeps the method `time` of the loop sees that it is moved, as who calls it anew does."""
    host = await open_submission(APP).open()
    asked = ask(host, "/ages/3600")

    await host.settle()
    await host.settle(seconds=3601)

    assert list_sent(host, asked) == [None, b"3600.0"]


async def test_busy_threads_are_counted(open_submission: OpenSubmission) -> None:
    """A loop rests while a thread works for it; how many do is told."""
    host = await open_submission(APP).open()
    held = ask(host, "/threads")

    busy = await host.settle()
    await ask(host, "/released").wait_until_ended()
    await held.wait_until_ended()

    assert (busy, await host.settle()) == (1, 0)
