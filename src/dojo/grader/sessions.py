"""Sessions: pytest itself, set up for criteria: nothing of the caller's configuration applies."""

import itertools
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from . import answers, fixtures, laboratory, suites
from .plugin import Grading

GRADING = "dojo-grading"

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
    "threadexception",
    "unraisableexception",
)


def run_criteria(grader: Path, grading: Grading) -> None:
    """Collect and run the criteria in a grader's folder; `grading` holds what came of it."""
    _run_pytest(grader, grading)


class CollectedGrader:
    """A grader that was collected once, whose criteria can be run again and again in forks."""

    def __init__(self) -> None:
        self._session: pytest.Session | None = None
        self._collection = Grading()

    def serve(self, grader: Path, loop: Callable[[], None]) -> None:
        """Collect the criteria, then hand over to `loop`, which may `run` them."""
        self._loop = loop
        _run_pytest(grader, self._collection, self)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Take the place of pytest's own loop."""
        self._session = session
        self._loop()
        return True

    def run(self, grading: Grading) -> None:
        """Run the criteria once in this process, which should end afterwards."""
        session = self._session
        assert session is not None
        session.config.pluginmanager.unregister(name=GRADING)
        session.config.pluginmanager.register(grading, GRADING)
        grading.take(session)
        grading.faults += self._collection.faults
        for item, following in itertools.zip_longest(session.items, session.items[1:]):
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)


def _run_pytest(grader: Path, grading: Grading, *plugins: object) -> None:
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("PYTEST_ADDOPTS", None)
    status = pytest.main(
        [
            *(f"-pno:{name}" for name in _UNUSED_PLUGINS),
            "-ppytest_asyncio.plugin",
            f"-c{os.devnull}",
            f"--rootdir={grader}",
            f"--confcutdir={grader}",  # or pytest would begin at the root of the file system
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
        plugins=[Registration(grading), answers, fixtures, laboratory, suites, *plugins],
    )
    _forget_modules(grader)
    regular = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}
    if grading.names:  # there are criteria, if perhaps none of those that were asked for
        regular.add(pytest.ExitCode.NO_TESTS_COLLECTED)
    if status not in regular and not grading.faults:
        grading.faults.append(f"The grader's pytest ended with {pytest.ExitCode(status).name}.")


def _forget_modules(grader: Path) -> None:
    """Forget what was imported from a grader: another one may have files of the same names."""
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(f"{grader}{os.sep}"):
            del sys.modules[name]


class Registration:
    """Register a grading under its name, so that a later one can take its place."""

    def __init__(self, grading: Grading) -> None:
        self._grading = grading

    def pytest_configure(self, config: pytest.Config) -> None:
        """Register the grading as a plugin of its own."""
        config.pluginmanager.register(self._grading, GRADING)
