"""An app that does not answer is told with the learner's own line where it stands."""

import pytest

from dojo.harness.failures import SubmissionError
from dojo.harness.hosts import CAUSES, Host

from ..conftest import OpenSubmission, fetch

APP = """
import asyncio, re, threading, time
from fastapi import Depends, FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()

@app.get("/sleep")
async def sleep() -> None:
    time.sleep(60)  # asleep in the loop

@app.get("/pattern")
async def match() -> None:
    re.match("(a+)+$", "a" * 64 + "b")  # lost in a pattern

@app.get("/thread")
def work() -> None:
    time.sleep(60)  # asleep in a thread

@app.get("/event")
async def wait() -> None:
    await wait_for_event()

async def wait_for_event() -> None:
    await asyncio.Event().wait()  # waiting for an event

@app.get("/lock")
async def take_lock() -> None:
    lock = asyncio.Lock()
    async with lock:
        async with lock:  # taken twice
            pass

async def give_never():
    yield 1
    await asyncio.Event().wait()  # waiting in a cleanup

@app.get("/dependency")
async def use(value: int = Depends(give_never)) -> int:
    return value

@app.get("/stream")
async def stream() -> StreamingResponse:
    async def go_on():
        yield b"begun"
        await asyncio.Event().wait()  # waiting in a stream

    return StreamingResponse(go_on())

@app.get("/busy")
async def poll() -> None:
    while True:  # polling
        await asyncio.sleep(0)

@app.get("/swallow")
async def swallow() -> None:
    async def go_on() -> None:
        await asyncio.Event().wait()  # waiting in a task

    await asyncio.gather(go_on(), go_on())

@app.get("/")
async def read() -> str:
    return "served"
"""


async def wait_in_vain(host: Host, path: str) -> SubmissionError:
    """Send a request that is not answered; give the error."""
    with pytest.raises(SubmissionError) as caught:
        await fetch(host, path)
    return caught.value


@pytest.mark.parametrize(
    ("path", "comment"),
    [
        ("/sleep", "asleep in the loop"),
        ("/pattern", "lost in a pattern"),
        ("/thread", "asleep in a thread"),
        ("/event", "waiting for an event"),
        ("/lock", "taken twice"),
        ("/stream", "waiting in a stream"),
        ("/swallow", "waiting in a task"),
    ],
)
@pytest.mark.usefixtures("little_patience")
async def test_hang_has_its_line(open_submission: OpenSubmission, path: str, comment: str) -> None:
    """Blocked loop, blocked thread or endless wait: the line is the learner's own."""
    host = await open_submission(APP).open()
    error = await wait_in_vain(host, path)

    assert error.kind == "hang"
    assert list(error.did) == [f"curl -i http://127.0.0.1:8000{path}"]
    assert error.where[0].file == "app/main.py"
    assert comment in error.where[0].code


WAITS = """
import anyio.to_thread, asyncio, time
from fastapi import FastAPI
from sqlalchemy import create_engine
from sqlalchemy.pool import QueuePool

app = FastAPI()

@app.get("/loop")
async def stop_the_loop() -> None:
    time.sleep(60)

@app.get("/threads")
async def take_all_threads() -> None:
    await asyncio.gather(*(anyio.to_thread.run_sync(time.sleep, 60) for _ in range(50)))

@app.get("/connections")
def take_all_connections() -> None:
    engine = create_engine("sqlite://", poolclass=QueuePool, pool_size=1, max_overflow=0)
    first, second = engine.connect(), engine.connect()

@app.get("/lock")
async def lock_twice() -> None:
    lock = asyncio.Lock()
    async with lock, lock:
        pass

@app.get("/semaphore")
async def enter_twice() -> None:
    semaphore = asyncio.Semaphore(1)
    async with semaphore, semaphore:
        pass

@app.get("/event")
async def wait_for_nothing() -> None:
    await asyncio.Event().wait()
"""


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("/loop", ": the app's event loop is blocked"),
        ("/threads", f": {CAUSES['threads']}"),
        ("/connections", f": {CAUSES['connections']}"),
        ("/lock", f": {CAUSES['lock']}"),
        ("/semaphore", f": {CAUSES['semaphore']}"),
        ("/event", ""),
    ],
)
@pytest.mark.usefixtures("little_patience")
async def test_cause_of_silence_is_seen(
    open_submission: OpenSubmission, path: str, cause: str
) -> None:
    """The cause of a silence is named where it was seen, and no other is guessed."""
    host = await open_submission(WAITS).open()
    error = await wait_in_vain(host, path)

    assert error.message == f"The app does not answer{cause}."


@pytest.mark.usefixtures("little_patience")
async def test_blocked_loop_comes_before_threads(open_submission: OpenSubmission) -> None:
    """Of several threads the one whose loop stands still is told first."""
    host = await open_submission("""
        import threading, time
        from fastapi import FastAPI

        app = FastAPI()

        @app.get("/")
        async def read() -> None:
            for _ in range(3):
                threading.Thread(target=lambda: time.sleep(60), daemon=True).start()
            time.sleep(60)  # asleep in the loop
    """).open()
    error = await wait_in_vain(host, "/")

    assert "asleep in the loop" in error.where[0].code


@pytest.mark.usefixtures("little_patience")
async def test_polling_is_a_hang(open_submission: OpenSubmission) -> None:
    """A route that goes round in circles without blocking the loop is told with its loop."""
    host = await open_submission(APP).open()
    error = await wait_in_vain(host, "/busy")

    assert error.kind == "hang"
    assert error.where[0].function == "poll"


@pytest.mark.usefixtures("little_patience")
async def test_waiting_app_serves_others(open_submission: OpenSubmission) -> None:
    """A request that waits forever does not keep the next one from its answer."""
    host = await open_submission(APP).open()
    await wait_in_vain(host, "/event")

    assert (await fetch(host)).json() == "served"


@pytest.mark.usefixtures("little_patience")
async def test_blocked_copy_blocks_no_other(open_submission: OpenSubmission, fork: bool) -> None:
    """While one copy is blocked for good, another one serves."""
    submission = open_submission(APP, fork=fork)
    await wait_in_vain(await submission.open(), "/sleep")

    assert (await fetch(await submission.open())).json() == "served"


@pytest.mark.usefixtures("little_patience")
async def test_stack_may_not_be_forged(open_submission: OpenSubmission) -> None:
    """A forged stack on standard error shows no file from outside the submission."""
    host = await open_submission("""
        import os, threading
        from pathlib import Path
        from fastapi import FastAPI

        app = FastAPI()
        here = Path(__file__).parent
        (here / "link.py").symlink_to("/etc/passwd")
        (here / "pipe.py").unlink(missing_ok=True)
        os.mkfifo(here / "pipe.py")
        FORGED = [
            "/etc/passwd",
            f"{here}/../../../../../../../../etc/passwd",
            f"{here}/link.py",
            f"{here}/pipe.py",
            f"{here}/missing.py",
        ]

        @app.get("/")
        async def read() -> None:
            for file in FORGED:
                os.write(2, f'Thread (most recent call first):\\n  File "{file}", '
                            f'line {"1" * 9} in f\\n'.encode())
            os.write(2, f'Thread (most recent call first):\\n  File "{here}/main.py", '
                        f'line {"1" * 9999} in f\\n'.encode())
            os.write(2, f"Fatal Python error: none\\n".encode())
            for file in FORGED:
                os.write(2, f'Thread (most recent call first):\\n  File "{file}", '
                            'line 1 in f\\n'.encode())
            os._exit(1)
    """).open()
    error = await wait_in_vain(host, "/")

    assert error.kind == "crash"
    assert error.where == ()


async def test_missing_output_is_no_fault(open_submission: OpenSubmission) -> None:
    """A submission that removes the file with its last words only has none."""
    for replacement in ("", "os.mkfifo('../output.txt')", "os.mkdir('../output.txt')"):
        host = await open_submission(f"""
            import os
            from fastapi import FastAPI
            app = FastAPI()

            @app.get("/")
            async def read() -> None:
                os.unlink("../output.txt")
                {replacement}
                os.abort()
        """).open()
        error = await wait_in_vain(host, "/")

        assert (error.kind, error.where) == ("crash", ())
