"""The lifespan is driven as a server drives it, and its failures are told with their lines."""

import pytest

from dojo.grader import expect_events, logged
from dojo.harness.failures import SubmissionError
from dojo.harness.hosts import Host

from ..conftest import OpenSubmission, fetch

APP = """
    import logging
    from contextlib import asynccontextmanager
    from fastapi import FastAPI, Request

    logger = logging.getLogger("kata.pool")

    @asynccontextmanager
    async def lifespan(app):
        logger.info("opened")
        yield {"pool": ["first"]}
        logger.info("closed")

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def read(request: Request) -> list[str]:
        logger.info("used")
        return request.state.pool

    @app.put("/other")
    async def replace(request: Request) -> None:
        request.state.pool = ["other"]
"""
OPENED, USED, CLOSED = (logged("kata.pool", each) for each in ("opened", "used", "closed"))


async def test_startup_and_shutdown_frame_requests(open_submission: OpenSubmission) -> None:
    """The startup runs before the first request, the shutdown after the last."""
    host = await open_submission(APP).open()
    await fetch(host)
    await host.stop()

    expect_events(host).order(OPENED, USED, CLOSED)


async def test_copies_start_up_themselves(open_submission: OpenSubmission, fork: bool) -> None:
    """A copy that is not started has no lifespan, and one copy's lifespan is not another's."""
    submission = open_submission(APP, fork=fork)
    idle, started = await submission.open(start=False), await submission.open()

    expect_events(idle).never(OPENED)
    expect_events(started).count(OPENED, 1)


async def test_state_reaches_requests(open_submission: OpenSubmission) -> None:
    """What the lifespan yields is in every request's state."""
    host = await open_submission(APP).open()

    assert (await fetch(host)).json() == ["first"]


async def test_requests_have_states_of_their_own(open_submission: OpenSubmission) -> None:
    """A request that replaces something in its state does not change that of the next."""
    host = await open_submission(APP).open()
    await fetch(host, "/other", method="PUT")

    assert (await fetch(host)).json() == ["first"]


async def test_shutdown_happens_once(open_submission: OpenSubmission) -> None:
    """Stopping twice runs the shutdown once."""
    host = await open_submission(APP).open()
    await host.stop()
    await host.stop()

    expect_events(host).count(CLOSED, 1)


async def start_and_stop(host: Host) -> None:
    """Run the whole lifespan."""
    await host.start()
    await host.stop()


@pytest.mark.parametrize(("step", "line"), [("startup", 7), ("shutdown", 9)])
async def test_failure_has_its_line(open_submission: OpenSubmission, step: str, line: int) -> None:
    """An exception in the lifespan is told with its step, its text and the learner's line."""
    code = f"""
        from contextlib import asynccontextmanager
        from fastapi import FastAPI

        @asynccontextmanager
        async def lifespan(app):
            if "{step}" == "startup":
                raise RuntimeError("no pool")
            yield
            raise RuntimeError("no pool")

        app = FastAPI(lifespan=lifespan)
    """
    host = await open_submission(code).open(start=False)

    with pytest.raises(SubmissionError) as caught:
        await start_and_stop(host)

    assert caught.value.kind == "startup"
    assert step in caught.value.message
    assert "RuntimeError: no pool" in caught.value.message
    assert [(location.file, location.line) for location in caught.value.where] == [
        ("app/main.py", line)
    ]


@pytest.mark.parametrize(
    ("sends", "words"),
    [("'message': 'no pool'", "the message 'no pool'"), ("", "a lifespan that ends too early")],
)
async def test_failure_has_its_message(
    open_submission: OpenSubmission, sends: str, words: str
) -> None:
    """An app that says itself that its startup fails is told with its own words, if it has any."""
    code = f"""
        async def app(scope, receive, send):
            await receive()
            await send({{"type": "lifespan.startup.failed", {sends}}})
    """
    host = await open_submission(code).open(start=False)

    with pytest.raises(SubmissionError) as caught:
        await host.start()

    assert caught.value.message == f"The app's startup fails with {words}"


@pytest.mark.usefixtures("little_patience")
async def test_endless_startup_has_its_line(open_submission: OpenSubmission) -> None:
    """A startup that waits forever is told with the line where it waits."""
    code = """
        import asyncio
        from contextlib import asynccontextmanager
        from fastapi import FastAPI

        @asynccontextmanager
        async def lifespan(app):
            await asyncio.Event().wait()
            yield

        app = FastAPI(lifespan=lifespan)
    """
    host = await open_submission(code).open(start=False)

    with pytest.raises(SubmissionError) as caught:
        await host.start()

    assert caught.value.kind == "hang"
    assert ("app/main.py", 7) in [(location.file, location.line) for location in caught.value.where]
