"""Fixtures of the sandbox's tests: submissions that are confined, in each mode this machine has."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from dojo.sandbox import Mode
from dojo.sandbox.advice import advise
from dojo.sandbox.trust import Examination, examine
from dojo.wall.bases import Order
from dojo.wall.folders import open_run_folder
from dojo.warm.launches import ZygoteLauncher

from ..conftest import Submission, write_files

CONFINED = [mode for mode in Mode if mode.is_for_strangers]


class OpenConfined(Protocol):
    """Stage an `app/main.py` and order its import in a cell."""

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
def yard(mode: Mode, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder in which a zygote of the mode looks for submissions."""
    return tmp_path_factory.mktemp(f"yard-{mode}")


@pytest.fixture(scope="session")
def zygote(mode: Mode, yard: Path) -> Iterator[ZygoteLauncher]:
    """Give a zygote of the mode, whose submissions may call the upstream."""
    with open_run_folder(yard) as folder:
        launcher = ZygoteLauncher(folder, ("upstream",), mode)
        with launcher.open_listener():
            yield launcher
        launcher.close()


@pytest.fixture
async def open_confined(zygote: ZygoteLauncher, yard: Path) -> AsyncIterator[OpenConfined]:
    """Give a way to open small submissions that the test writes itself."""
    with ExitStack() as stack:

        def open_one(text: str) -> Submission:
            folder = stack.enter_context(open_run_folder(yard))
            write_files(folder.stage, {"app/main.py": text})
            submission = Submission(folder, zygote)
            stack.callback(submission.close)
            submission.base.order(Order("app.main:app", ("kata",)))
            return submission

        yield open_one
    await asyncio.sleep(0)  # the loop closes the sockets of hosts that were left
