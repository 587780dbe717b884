"""Sessions: pytest itself, set up for criteria: nothing of the caller's configuration applies."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from . import fixtures
from .plugin import Grading

_UNUSED_PLUGINS = (
    "cacheprovider",
    "debugging",
    "doctest",
    "faulthandler",
    "junitxml",
    "logging",
    "pastebin",
    "setuponly",
    "setupplan",
    "stepwise",
    "terminal",
)


def run_criteria(grader: Path, grading: Grading, plugins: Sequence[object] = ()) -> None:
    """Run the criteria in a grader's folder; `grading` holds what came of it."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("PYTEST_ADDOPTS", None)
    status = pytest.main(
        [
            *(f"-pno:{name}" for name in _UNUSED_PLUGINS),
            "-ppytest_asyncio.plugin",
            f"-c{os.devnull}",
            f"--rootdir={grader}",
            "--noconftest",
            "--assert=plain",
            "--import-mode=importlib",
            "--capture=no",
            "--strict-markers",
            "-oasyncio_mode=auto",
            "-oasyncio_default_fixture_loop_scope=function",
            "-Werror",
            *map(str, sorted(grader.glob("test_*.py"))),
        ],
        plugins=[grading, fixtures, *plugins],
    )
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and not grading.faults:
        grading.faults.append(f"The grader's pytest ended with {pytest.ExitCode(status).name}.")
