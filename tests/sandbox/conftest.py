"""Fixtures of the sandbox's tests: submissions that are confined, in each mode this machine has."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from dojo.harness.snapshot_process import ImportRequest
from dojo.harness.temporary_folders import open_run_folder
from dojo.runner.fork_server_launcher import ForkServerLauncher
from dojo.runner.sandbox import Examination, Mode, advise, examine

from ..conftest import Submission, write_files

CONFINED = [mode for mode in Mode if mode.is_for_strangers]


class OpenConfined(Protocol):
    """Stage an `app/main.py` and order its import in a confinement."""

    def __call__(self, text: str) -> Submission:
        """Give the submission."""


@pytest.fixture(scope="session", params=CONFINED)
def examination(request: pytest.FixtureRequest) -> Examination:
    """Give what the probes found in a mode; without the mode there is nothing to test."""
    examination = examine(request.param)
    if not examination.holds:
        reason = examination.problem or f"It leaks: {examination.leaks}."
        pytest.skip(
            " ".join([f"No mode '{examination.mode}' here: {reason}", *advise(examination)])
        )
    return examination


@pytest.fixture(scope="session")
def mode(examination: Examination) -> Mode:
    """Give each mode that this machine has."""
    return examination.mode


@pytest.fixture(scope="session")
def runs_folder(mode: Mode, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder in which a fork server of the mode looks for submissions."""
    return tmp_path_factory.mktemp(f"runs folder-{mode}")


@pytest.fixture(scope="session")
def fork_server(mode: Mode, runs_folder: Path) -> Iterator[ForkServerLauncher]:
    """Give a fork server of the mode, whose submissions may call the upstream."""
    with open_run_folder(runs_folder) as folder:
        launcher = ForkServerLauncher(folder, ("upstream",), mode)
        with launcher.open_listener("upstream"):
            yield launcher
        launcher.close()


@pytest.fixture
async def open_confined(
    fork_server: ForkServerLauncher, runs_folder: Path
) -> AsyncIterator[OpenConfined]:
    """Give a way to open small submissions that the test writes itself."""
    with ExitStack() as stack:

        def open_one(text: str) -> Submission:
            folder = stack.enter_context(open_run_folder(runs_folder))
            write_files(folder.stage, {"app/main.py": text})
            submission = Submission(folder, fork_server)
            stack.callback(submission.close)
            submission.snapshot.request_import(ImportRequest("app.main:app", ("kata",)))
            return submission

        yield open_one
    await asyncio.sleep(0)  # the loop closes the sockets of hosts that were left
