"""Fixtures of the engine's tests: small submissions, opened behind the wall."""

import asyncio
import os
import signal
import textwrap
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest

from dojo.harness.hosts import Host
from dojo.harness.http_client import open_client
from dojo.harness.patience import Patience
from dojo.harness.snapshot_process import ExecLauncher, ImportRequest, Launcher, SnapshotProcess
from dojo.harness.temporary_folders import RunFolder, open_run_folder
from dojo.host.confinement import DEFAULT_LIMITS
from dojo.runner.fork_server_launcher import ForkServerLauncher

NOT_FOR_LEARNERS = """\
These are the tests of the engine. They do not grade your work.
To grade your work: `nox -s check -- 01`, with the number of your kata.
To test the engine: `nox -s tests`, or `pytest tests` for its tests alone."""


def pytest_configure(config: pytest.Config) -> None:
    """End a bare `pytest` in the root: whoever calls it there wants their own work graded.

    A shell that runs tests in the background ignores SIGINT, and so would all that they start.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    is_bare = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    in_processes = config.getoption("numprocesses", None) is not None
    is_worker = hasattr(config, "workerinput")  # it is told no number of processes
    if is_bare and not (os.environ.get("CI") or in_processes or is_worker):
        pytest.exit(NOT_FOR_LEARNERS, returncode=pytest.ExitCode.USAGE_ERROR)


FEW_SECONDS = 0.3
"""Undisturbed seconds of patience where a test waits for an answer that never comes."""


class Submission:
    """A staged submission with its snapshot; its hosts end with the test."""

    def __init__(self, folder: RunFolder, launcher: Launcher) -> None:
        self.folder = folder
        self.snapshot = SnapshotProcess(folder, launcher)
        self.hosts: list[Host] = []

    async def open(self, *, start: bool = True, **environment: str) -> Host:
        """Open a fresh copy and start it up."""
        host = await Host.open(self.snapshot, environment=environment)
        self.hosts.append(host)
        if start:
            await host.start()
        return host

    def close(self) -> None:
        """Leave every host and end the snapshot."""
        for host in self.hosts:
            host.close()
        self.snapshot.close()


class OpenSubmission(Protocol):
    """Stage files and order their import; with `anew` in an interpreter of its own."""

    def __call__(
        self,
        files: Mapping[str, str] | str,
        *,
        anew: bool = False,
        fork: bool = True,
        limits: Mapping[str, int] | None = None,
    ) -> Submission:
        """Give the submission; a text alone is its `app/main.py`."""


@pytest.fixture(scope="module")  # a check in this process ends all that descends from it
def fork_server() -> Iterator[ForkServerLauncher]:
    """Start snapshots as forks of one warm process: many imports of FastAPI would be slow."""
    with open_run_folder() as folder:
        launcher = ForkServerLauncher(folder)
        yield launcher
        launcher.close()


@pytest.fixture
async def open_submission(fork_server: ForkServerLauncher) -> AsyncIterator[OpenSubmission]:
    """Give a way to open small submissions that the test writes itself."""
    with ExitStack() as stack:

        def open_one(
            files: Mapping[str, str] | str,
            *,
            anew: bool = False,
            fork: bool = True,
            limits: Mapping[str, int] | None = None,
        ) -> Submission:
            folder = stack.enter_context(open_run_folder())
            write_files(folder.stage, {"app/main.py": files} if isinstance(files, str) else files)
            submission = Submission(folder, ExecLauncher() if anew else fork_server)
            stack.callback(submission.close)
            bounds = {**DEFAULT_LIMITS, **(limits or {})}
            submission.snapshot.request_import(
                ImportRequest("app.main:app", ("kata",), limits=bounds, fork=fork)
            )
            return submission

        yield open_one
    await asyncio.sleep(0)  # the loop closes the sockets of hosts that were left


@pytest.fixture(params=[True, False], ids=["forked", "new process"])
def fork(request: pytest.FixtureRequest) -> Any:
    """Run a test twice: with copies that are forked, and with a new process for each."""
    return request.param


@pytest.fixture(params=[True, False], ids=["started anew", "forked by a fork server"])
def anew(request: pytest.FixtureRequest) -> Any:
    """Run a test twice: with a snapshot that is a new process, and with one that is forked."""
    return request.param


@pytest.fixture
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less long for answers that never come."""
    monkeypatch.setattr(Patience.__init__, "__defaults__", (FEW_SECONDS,))


async def fetch(host: Host, path: str = "/", **options: Any) -> httpx.Response:
    """Send one request, a GET unless it says otherwise, and read the whole response."""
    async with open_client(host) as client:
        return await client.request(options.pop("method", "GET"), path, **options)


def write_files(root: Path, files: Mapping[str, str]) -> None:
    """Write files below a folder; their text may be indented."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), "utf-8")
