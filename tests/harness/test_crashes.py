"""An app whose process ends is told by how it ended, and a crash on purpose is a real one."""

import asyncio
import contextlib
import os

import pytest

from dojo.harness.failures import SubmissionError
from dojo.harness.hosts import Host
from dojo.harness.http_client import exchange_of, open_client
from dojo.harness.processes import has_ended

from ..conftest import OpenSubmission, fetch

APP = """
import asyncio, ctypes, fcntl, logging, os, signal, sys, threading, time
from pathlib import Path
from fastapi import FastAPI

app = FastAPI()
logger = logging.getLogger("kata.work")

@app.get("/exit")
async def exit_at_once(status: int) -> None:
    os._exit(status)

@app.get("/thread")
def exit_in_thread() -> None:
    os._exit(4)

@app.get("/signal")
async def end_by_signal(number: int) -> None:
    os.kill(os.getpid(), number)

@app.get("/fault")
async def crash() -> None:
    ctypes.string_at(8)

@app.get("/polite")
async def leave() -> None:
    sys.exit(0)

@app.get("/snapshot")
async def end_base() -> str:
    os.kill(os.getppid(), signal.SIGKILL)
    return "ended"

@app.post("/payments")
async def pay() -> None:
    Path("payments.txt").write_text("begun")
    logger.info("begun")
    await asyncio.Event().wait()

@app.get("/payments")
async def read_payments() -> str:
    return Path("payments.txt").read_text()

@app.post("/lock")
def take_lock() -> None:
    file = open("lock", "w")
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    logger.info("locked")
    time.sleep(60)

@app.get("/lock")
def try_lock() -> str:
    with open("lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return "free"

@app.get("/worker")
async def leave_worker() -> None:
    if os.fork() == 0:
        time.sleep(20)
        os._exit(0)
    os._exit(9)

@app.get("/")
async def read() -> str:
    return "served"
"""


async def crash(host: Host, path: str) -> SubmissionError:
    """Send a request that ends the process; give the error."""
    with pytest.raises(SubmissionError) as caught:
        await fetch(host, path)
    return caught.value


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/exit?status=0", "status 0"),
        ("/exit?status=3", "status 3"),
        ("/thread", "status 4"),
        ("/signal?number=15", "SIGTERM"),
        ("/signal?number=40", "40"),
        ("/fault", "SIGSEGV"),
    ],
)
async def test_end_is_told(open_submission: OpenSubmission, path: str, words: str) -> None:
    """The exit status or the signal that ended the app is named."""
    host = await open_submission(APP).open()
    error = await crash(host, path)

    assert error.kind == "crash"
    assert words in error.message
    assert list(error.did) == [
        f"curl -i '{host_url(path)}'" if "?" in path else f"curl -i {host_url(path)}"
    ]


def host_url(path: str) -> str:
    """Give the address of a path."""
    return f"http://127.0.0.1:8000{path}"


async def test_fault_has_its_line(open_submission: OpenSubmission, fork: bool) -> None:
    """A crash inside C code is told with the learner's line that led there."""
    host = await open_submission(APP, fork=fork).open()
    error = await crash(host, "/fault")

    assert error.kind == "crash"
    assert error.where[0].code == "ctypes.string_at(8)"


async def test_polite_exit_is_an_exception(open_submission: OpenSubmission) -> None:
    """`sys.exit` in a route is an exception of this request; the app serves on, as by uvicorn."""
    host = await open_submission(APP).open()
    response = await fetch(host, "/polite")

    assert response.status_code == 500
    raised = exchange_of(response).raised
    assert raised is not None
    assert raised.type == "SystemExit"
    assert (await fetch(host)).json() == "served"


async def test_ended_app_answers_nobody(open_submission: OpenSubmission) -> None:
    """Every request after the end is told at once."""
    host = await open_submission(APP).open()
    await crash(host, "/exit?status=3")

    assert (await crash(host, "/")).kind == "crash"


async def test_next_copy_serves_after_crash(open_submission: OpenSubmission, fork: bool) -> None:
    """A crash ends one copy; the next one serves."""
    submission = open_submission(APP, fork=fork)
    await crash(await submission.open(), "/exit?status=3")

    assert (await fetch(await submission.open())).json() == "served"


async def test_ended_base_is_replaced(open_submission: OpenSubmission) -> None:
    """A copy that kills the process it came from ends with it, but the next copy comes."""
    submission = open_submission(APP)
    first = await submission.open()
    snapshot = submission.snapshot.pid
    with contextlib.suppress(SubmissionError):  # its end may come before its answer
        await fetch(first, "/snapshot")

    second = await submission.open()

    assert submission.snapshot.pid != snapshot
    assert (await fetch(second)).json() == "served"
    with pytest.raises(SubmissionError, match="ended"):
        await fetch(first)


async def test_kill_leaves_what_was_written(open_submission: OpenSubmission, fork: bool) -> None:
    """A copy that is killed in the middle of a call leaves its files to the next one."""
    submission = open_submission(APP, fork=fork)
    first = await submission.open()
    async with open_client(first) as client:
        paying = asyncio.create_task(client.post("/payments"))
        while not first.evidence.logs("kata.work", "begun"):
            await asyncio.sleep(0.001)
        first.kill()
        with pytest.raises(SubmissionError) as caught:
            await paying

    second = await submission.open()

    assert caught.value.kind == "crash"
    assert (await fetch(second, "/payments")).json() == "begun"


async def test_kill_waits_for_the_end(open_submission: OpenSubmission) -> None:
    """When `kill` returns the process has ended, with all its threads, and holds no lock."""
    submission = open_submission(APP)
    first = await submission.open()
    async with open_client(first) as client:
        waiting = asyncio.create_task(client.post("/lock"))
        while not first.evidence.logs("kata.work", "locked"):
            await asyncio.sleep(0.001)
        first.kill()
        ended = has_ended(first.pid)
        with pytest.raises(SubmissionError):
            await waiting

    assert ended
    assert (await fetch(await submission.open(), "/lock")).json() == "free"


async def test_killed_host_answers_nothing(open_submission: OpenSubmission) -> None:
    """A request to a copy that was killed is told as one to an app that has ended."""
    host = await open_submission(APP).open()
    host.kill()

    assert (await crash(host, "/")).kind == "crash"
    assert (await crash(host, "/")).kind == "crash"


async def test_host_without_process_can_be_killed(open_submission: OpenSubmission) -> None:
    """A copy whose process is not known is left, and nothing else is signalled."""
    host = await open_submission(APP).open()
    host.pid = 0
    host.kill()

    assert (await crash(host, "/")).kind == "crash"
    assert os.getpid()


@pytest.mark.usefixtures("little_patience")
async def test_open_worker_hides_no_crash(open_submission: OpenSubmission) -> None:
    """An app that ends while a child of its own lives on has ended nevertheless."""
    host = await open_submission(APP).open()
    error = await crash(host, "/worker")

    assert error.kind == "crash"
    assert "status 9" in error.message
