"""Collected suites: one test runs in a copy, with the code of another version of the app."""

import json
import textwrap
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from dojo.grader.versions import compile_modules
from dojo.harness.failures import SubmissionError
from dojo.harness.hosts import Host
from dojo.harness.http_client import open_client
from dojo.harness.snapshot_process import ExecLauncher, ImportRequest, SnapshotProcess
from dojo.harness.temporary_folders import RunFolder, open_run_folder

Run = Callable[..., Any]
Open = Callable[..., SnapshotProcess]

PRICE = """
import contextlib

TEXT = "three"


class Price:
    def read(self):
        return 3


@contextlib.contextmanager
def open_price():
    yield Price().read()


def describe():
    return TEXT
"""

SOURCE = """
from ..price import describe, open_price


def test_price():
    with open_price() as price:
        assert price == 3


def test_text():
    assert describe() == "three"
"""


def write_project(folder: RunFolder, source: str) -> None:
    """Write an app and its tests to where a suite is collected."""
    tests = folder.work / "project" / "app" / "tests"
    tests.mkdir(parents=True)
    (folder.work / "temporary").mkdir()
    folder.stage.mkdir()
    for package in (tests, tests.parent):
        (package / "__init__.py").touch()
    (tests.parent / "price.py").write_text(PRICE)
    (tests / "test_shop.py").write_text(textwrap.dedent(source))


@pytest.fixture
def collect() -> Any:
    """Give a way to collect the source of tests in a new snapshot."""
    launcher = ExecLauncher()
    opened: list[SnapshotProcess] = []
    with open_run_folder() as folder:

        def open_suite(source: str = SOURCE) -> SnapshotProcess:
            write_project(folder, source)
            opened.append(SnapshotProcess(folder, launcher))
            opened[0].request_import(ImportRequest("dojo.host.collected_suite:open_suite"))
            return opened[0]

        yield open_suite
        for snapshot in opened:
            snapshot.close()
        launcher.close()


@pytest.fixture
async def run(collect: Open) -> AsyncIterator[Run]:
    """Give a way to run tests, named in one text, of a suite that was collected once."""
    opened: list[Host] = []
    snapshots: list[SnapshotProcess] = []

    async def run_test(name: str, price: str = PRICE, source: str = SOURCE) -> dict[str, Any]:
        snapshots[:] = snapshots or [collect(source)]
        host = await Host.open(snapshots[0])
        opened.append(host)
        order = {
            "tests": [f"app/tests/test_shop.py::{each}" for each in name.split()],
            "folder": f"run{len(opened)}",
            "modules": compile_modules({"app/price.py": price}),
        }
        async with open_client(host) as client:
            reply = await client.post("/", json=order)
        return {line["kind"]: line for line in map(json.loads, reply.text.splitlines())}

    yield run_test
    for host in opened:
        host.close()


@pytest.mark.parametrize(
    ("old", "new", "failing"),
    [
        ("return 3", "return 4", "test_price"),
        ("yield Price()", "Price().read()\n    yield 1 + Price()", "test_price"),
        ('TEXT = "three"', 'TEXT = "four"', "test_text"),
        ("return TEXT", "return TEXT + TEXT", "test_text"),
    ],
)
async def test_code_of_version_is_used(run: Run, old: str, new: str, failing: str) -> None:
    """Methods, decorated functions, constants and functions are those of the version."""
    version = PRICE.replace(old, new)
    assert version != PRICE

    outcomes = {
        name: (await run(name, version))["finished"]["outcome"]
        for name in ("test_price", "test_text")
    }

    assert [name for name, outcome in outcomes.items() if outcome == "failed"] == [failing]


async def test_first_failure_ends_run(run: Run) -> None:
    """Several tests run in one copy, in the order that is asked for, until one fails."""
    both = await run("test_text test_price")
    one = await run("test_price test_text", PRICE.replace("return 3", "return 4"))

    assert both["finished"]["test"] == "app/tests/test_shop.py::test_price"
    assert both["finished"]["outcome"] == "passed"
    assert one["finished"]["test"] == "app/tests/test_shop.py::test_price"
    assert one["finished"]["outcome"] == "failed"


async def test_calls_are_counted(run: Run) -> None:
    """What a test calls of the app is told, with the number of calls."""
    lines = await run("test_price")

    assert lines["called"]["calls"] == {"app.price:open_price": 1, "app.price:Price.read": 1}


async def test_copies_do_not_share_files(run: Run) -> None:
    """Each copy has a working and a temporary folder of its own, and a `tmp_path`."""
    source = """
        import pathlib
        import tempfile

        def test_files(tmp_path):
            folders = (pathlib.Path.cwd(), pathlib.Path(tempfile.gettempdir()), tmp_path)
            for folder in folders:
                assert not (folder / "left.txt").exists()
                (folder / "left.txt").touch()
    """
    first, second = await run("test_files", source=source), await run("test_files", source=source)

    assert first["finished"]["outcome"] == second["finished"]["outcome"] == "passed"
    assert [Path(name).parent.name for name in second["ended"]["left"]] == ["project", "temporary"]


async def test_temporary_folder_ignores_user(run: Run) -> None:
    """A `tmp_path` is there although files belong to another user than the process names.

    So it is where a confined process gives up its real user and keeps the effective one.
    """
    source = """
        import os
        os.getuid = lambda: 4711

        def test_files(tmp_path):
            (tmp_path / "left.txt").touch()
    """
    lines = await run("test_files", source=source)

    assert lines["finished"]["outcome"] == "passed"


async def test_files_of_collection_are_told(run: Run) -> None:
    """What a test changes in the place where it was collected counts as left behind."""
    source = """
        import pathlib

        def test_files():
            (pathlib.Path(__file__).parent / "left.txt").touch()
    """
    lines = await run("test_files", source=source)

    assert lines["ended"]["left"] == ["project/app/tests/left.txt"]


@pytest.mark.parametrize(
    "leaving",
    ["tempfile.mkdtemp()", "pathlib.Path('left.txt').touch()", "pathlib.Path('d').mkdir()"],
)
def test_what_collecting_leaves_is_refused(collect: Open, leaving: str) -> None:
    """A suite that leaves a file or folder when it is collected is not copied."""
    snapshot = collect(f"import pathlib\nimport tempfile\n{leaving}\n")

    with pytest.raises(SubmissionError, match="leaves something that copies would share"):
        snapshot.load()
