"""Two copies of a submission share nothing, whatever it holds open after its import."""

import textwrap

import pytest

from dojo.harness.hosts import Host

from ..conftest import OpenSubmission, fetch

HOLDERS = {
    "a mapping": """
        import mmap
        memory = mmap.mmap(-1, 1)
        def count():
            memory[0] += 1
            return memory[0]
    """,
    "a pipe": """
        import os
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        def count():
            os.write(writing, b"x")
            seen = len(os.read(reading, 100))
            os.write(writing, b"x" * seen)
            return seen
    """,
    "a value of multiprocessing": """
        import multiprocessing
        value = multiprocessing.Value("i", 0)
        def count():
            with value.get_lock():
                value.value += 1
            return value.value
    """,
    "an open file": """
        file = open(__file__)
        def count():
            file.read(1)
            return file.tell()
    """,
    "a duplicate of its output": """
        import os
        output = os.dup(1)
        def count():
            position = os.lseek(output, 0, os.SEEK_CUR) + 1
            return os.lseek(output, position, os.SEEK_SET)
    """,
    "its output": """
        import os
        def count():
            return os.lseek(1, os.lseek(1, 0, os.SEEK_CUR) + 1, os.SEEK_SET)
    """,
    "flags of its input": """
        import os
        def count():
            seen = 1 + (not os.get_blocking(0))
            os.set_blocking(0, False)
            return seen
    """,
}
APP = """
from fastapi import FastAPI

app = FastAPI()

@app.get("/")
async def read() -> int:
    return count()
"""
POOL = """
    from concurrent.futures import ProcessPoolExecutor
    from fastapi import FastAPI

    app = FastAPI()
    pool = ProcessPoolExecutor(1)
    pool.submit(abs, -1).result()

    @app.get("/")
    def read() -> int:
        return pool.submit(abs, -2).result()
"""
LOOP = """
    import asyncio, warnings
    from fastapi import FastAPI

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loop = asyncio.get_event_loop()
    app = FastAPI()

    @app.get("/")
    async def read() -> str:
        return "served"
"""


async def count(host: Host) -> object:
    """Ask an app that counts in what it holds open."""
    return (await fetch(host)).json()


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS)
async def test_copies_count_apart(open_submission: OpenSubmission, holder: str, anew: bool) -> None:
    """What one copy counts in something that it holds open, no other finds."""
    submission = open_submission(textwrap.dedent(holder) + APP, anew=anew)
    first = await submission.open()
    counted = await count(first)

    second = await submission.open()

    assert await count(second) == counted == 1


async def test_pool_of_processes_serves_each_copy(
    open_submission: OpenSubmission, anew: bool
) -> None:
    """Processes that were started at import answer whichever copy asks them."""
    submission = open_submission(POOL, anew=anew)

    hosts = [await submission.open(), await submission.open()]

    assert [await count(host) for host in hosts] == [2, 2]


async def test_loop_is_given_at_import(open_submission: OpenSubmission, anew: bool) -> None:
    """A submission may ask for an event loop while it is imported, and every copy serves."""
    submission = open_submission(LOOP, anew=anew)

    hosts = [await submission.open(), await submission.open()]

    assert [await count(host) for host in hosts] == ["served", "served"]


async def test_ordinary_submission_is_imported_once(open_submission: OpenSubmission) -> None:
    """What holds nothing open is still copied: its copies descend from one process."""
    submission = open_submission("def count(): return 1\n" + APP)
    imported = submission.snapshot.pid

    for _ in range(2):
        await count(await submission.open())

    assert submission.snapshot.list_pids() == [imported]
