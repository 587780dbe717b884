"""Suites: the tests of a learner run in a host, and what comes of each is told."""

import json
import textwrap
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from dojo.harness.hosts import Host
from dojo.harness.http_client import open_client
from dojo.harness.snapshot_process import ExecLauncher, ImportRequest, SnapshotProcess
from dojo.harness.temporary_folders import open_run_folder
from dojo.runner.grading import ENTRYPOINTS

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def snapshot() -> Any:
    """Open a snapshot that serves the engine's own application for suites."""
    launcher = ExecLauncher()
    with open_run_folder() as folder:
        opened = SnapshotProcess(folder, launcher)
        opened.request_import(ImportRequest(ENTRYPOINTS["suite"]))
        yield opened
        opened.close()
    launcher.close()


@pytest.fixture
async def run(snapshot: SnapshotProcess, tmp_path: Path) -> AsyncIterator[Run]:
    """Give a way to run the source of tests, which tells the lines of the reply by their kind."""
    opened: list[Host] = []

    async def run_tests(source: str, **order: Any) -> dict[str, list[dict[str, Any]]]:
        tests = tmp_path / "app" / "tests"
        tests.mkdir(parents=True, exist_ok=True)
        for folder in (tests, tests.parent):
            (folder / "__init__.py").touch()
        (tests / "test_shop.py").write_text(textwrap.dedent(source))
        host = await Host.open(snapshot)
        opened.append(host)
        asked: dict[str, Any] = {
            "stage": str(tmp_path),
            "folder": tmp_path.name,
            "files": {},
            "tests": None,
        }
        async with open_client(host) as client:
            reply = await client.post("/", json=asked | order)
        found: dict[str, list[dict[str, Any]]] = {}
        for line in map(json.loads, reply.text.splitlines()):
            found.setdefault(line["kind"], []).append(line)
        return found

    yield run_tests
    for host in opened:
        host.close()
    snapshot.folder.empty_work()


async def test_outcomes_carry_own_lines(run: Run) -> None:
    """A failed test is told with its message and the learner's own line."""
    lines = await run("""
        def test_right():
            assert True

        def test_wrong():
            assert 1 + 1 == 3
    """)

    right, wrong = lines["finished"]
    assert right["outcome"] == "passed"
    assert wrong["outcome"] == "failed"
    assert "assert (1 + 1) == 3" in wrong["message"]
    assert [(each["file"], each["line"]) for each in wrong["locations"]] == [
        ("app/tests/test_shop.py", 6)
    ]


async def test_files_replace_modules(run: Run) -> None:
    """The files of an order lie over the staged ones, and tests import them."""
    source = """
        from ..price import PRICE

        def test_price():
            assert PRICE == 3
    """
    lines = await run(source, files={"app/price.py": "PRICE = 3\n"})

    assert [each["outcome"] for each in lines["finished"]] == ["passed"]


async def test_wanted_tests_run_in_order(run: Run) -> None:
    """Only the wanted tests run, in the wanted order."""
    wanted = [f"app/tests/test_shop.py::test_{name}" for name in ("c", "a")]
    lines = await run("def test_a(): pass\ndef test_b(): pass\ndef test_c(): pass\n", tests=wanted)

    assert lines["collected"][0]["tests"] == wanted
    assert [each["test"] for each in lines["finished"]] == wanted


async def test_broken_file_is_told(run: Run) -> None:
    """A file that cannot be imported is told with its error; so is a broken `conftest.py`."""
    lines = await run("import nothing_of_the_kind")
    refused = await run("", folder="other", files={"app/tests/conftest.py": "1 / 0\n"})

    assert lines["broken"][0]["message"].startswith("ModuleNotFoundError")
    assert "ZeroDivisionError" in refused["ended"][0]["complaint"]


async def test_network_is_refused_and_told(run: Run) -> None:
    """A connection is refused, and told even if the test swallows the error."""
    lines = await run("""
        import contextlib
        import socket

        def test_network():
            with contextlib.suppress(OSError):
                socket.create_connection(("203.0.113.1", 80))
    """)

    assert [each["outcome"] for each in lines["finished"]] == ["passed"]
    assert "203.0.113.1" in lines["network"][0]["target"]


async def test_sleep_fails_a_test(run: Run) -> None:
    """Neither a blocking nor an asynchronous sleep passes; giving way for nothing does."""
    lines = await run("""
        import asyncio
        import time
        import pytest

        def test_blocking():
            time.sleep(0.01)

        @pytest.mark.asyncio
        async def test_waiting():
            await asyncio.sleep(0.01)

        @pytest.mark.asyncio
        async def test_giving_way():
            await asyncio.sleep(0)
    """)

    assert [each["outcome"] for each in lines["finished"]] == ["failed", "failed", "passed"]


async def test_left_files_are_told(run: Run) -> None:
    """Files in the working and the temporary folder are told; those of `tmp_path` are not."""
    lines = await run("""
        import pathlib
        import tempfile

        def test_files(tmp_path):
            (tmp_path / "clean.txt").touch()
            pathlib.Path("left.txt").touch()
            tempfile.mkstemp(suffix=".left")
    """)

    left = [Path(name).suffix for name in lines["ended"][0]["left"]]
    assert left == [".txt", ".left"]


async def test_inherited_database_is_told(run: Run) -> None:
    """A database that an earlier test filled is told; one that was removed between is not."""
    lines = await run("""
        import contextlib
        import os
        import sqlite3

        def fill(name):
            with contextlib.closing(sqlite3.connect(name)) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS rows (id)")

        def test_first():
            fill("kept.db")
            fill("kept.db")
            fill("removed.db")
            os.unlink("removed.db")

        def test_second():
            fill("kept.db")
            fill("removed.db")
    """)

    assert [each["inherited"] for each in lines["finished"]] == [[], ["kept.db"]]


async def test_warnings_are_errors(run: Run) -> None:
    """A warning fails a test, whatever configuration lies beside it."""
    lines = await run(
        "import warnings\ndef test_warned(): warnings.warn('old')\n",
        files={"app/tests/pytest.ini": "[pytest]\nfilterwarnings = ignore\n"},
    )

    assert [each["outcome"] for each in lines["finished"]] == ["failed"]


async def test_foreign_conftest_is_not_read(run: Run, snapshot: SnapshotProcess) -> None:
    """A `conftest.py` in a folder above the project has no part in the run."""
    (snapshot.folder.work / "conftest.py").write_text("1 / 0\n")
    lines = await run("def test_right(): pass\n")

    assert [each["outcome"] for each in lines["finished"]] == ["passed"]


async def test_leftovers_are_told(run: Run) -> None:
    """Overrides, cached values, variables, tasks and threads that tests leave are told by kind."""
    lines = await run(
        """
        import asyncio
        import os
        import threading

        import pytest

        from ..main import app, get_settings, read_twice

        async def wait_for_ever():
            await asyncio.Event().wait()

        @pytest.mark.asyncio
        async def test_all():
            app.dependency_overrides[get_settings] = dict
            get_settings()
            os.environ["DESK"] = "oak"
            asyncio.create_task(wait_for_ever())
            threading.Thread(target=threading.Event().wait, name="idle", daemon=True).start()
        """,
        files={
            "app/main.py": textwrap.dedent("""
                from functools import lru_cache

                from fastapi import FastAPI

                app = FastAPI()

                @lru_cache
                def get_settings(): return {}

                read_twice = get_settings
            """)
        },
    )

    assert lines["ended"][0]["leftovers"] == [
        "override of get_settings",
        "cache of get_settings",
        "variable DESK",
        "task wait_for_ever",
        "thread idle",
    ]


async def test_task_of_open_loop_is_told(run: Run) -> None:
    """A task of a loop that nobody has closed is left; so is one that its closed loop forgot."""
    lines = await run("""
        import asyncio

        async def wait_for_ever():
            await asyncio.Event().wait()

        KEPT = []

        def test_open_loop():
            loop = asyncio.new_event_loop()
            KEPT.append((loop, loop.create_task(wait_for_ever())))
            loop.run_until_complete(asyncio.sleep(0))
    """)

    assert lines["ended"][0]["leftovers"] == ["task wait_for_ever"]


async def test_clean_tests_leave_nothing(run: Run) -> None:
    """What tests take back is not told, nor what pytest and a client need on their way."""
    lines = await run("""
        import asyncio
        import threading

        import anyio.to_thread
        import pytest
        from fastapi import FastAPI
        from fastapi.testclient import TestClient

        app = FastAPI()

        @app.get("/")
        def read(): return 1

        def test_client(monkeypatch):
            monkeypatch.setenv("DESK", "oak")
            with TestClient(app) as client:
                assert client.get("/").json() == 1

        @pytest.mark.asyncio
        async def test_awaited():
            await asyncio.create_task(asyncio.to_thread(threading.get_ident))
            await anyio.to_thread.run_sync(threading.get_ident)

        @pytest.mark.anyio
        @pytest.mark.parametrize("anyio_backend", ["asyncio"])
        async def test_of_anyio(): await anyio.to_thread.run_sync(threading.get_ident)
    """)

    assert {each["outcome"] for each in lines["finished"]} == {"passed"}
    assert lines["ended"][0]["leftovers"] == []
