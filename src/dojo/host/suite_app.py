"""The suite application: what a host serves for a kata of kind `suite`: it runs tests.

A plugin tells pytest which ones to run, and tells how each ends, but not what that means.
A guard keeps the learner's tests off the network and from waiting, and notes databases; what it
refuses, it also tells of.
"""

import asyncio
import contextlib
import importlib
import io
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import anyio._backends._asyncio
import anyio.pytest_plugin
import pytest
import pytest_asyncio.plugin
from _pytest.config import default_plugins

from .calls import Event
from .leftovers import Leftovers
from .locations import Locations
from .replies import Line, Receive, Send, Tell, reply

_LONGEST_MESSAGE = 1000


class Tests:
    """Tell, line by line, what happens to the tests that are wanted; `None` wants them all."""

    __test__ = False

    def __init__(
        self, locations: Locations, wanted: Sequence[str] | None, tell: Callable[[Any], None]
    ) -> None:
        self.tell = tell
        self._locations = locations
        self._wanted = wanted
        self._current = ""
        self._line: dict[str, Any] = {}
        self._openers: dict[str, str] = {}

    @property
    def has_failed(self) -> bool:
        """Tell whether the last test failed."""
        return bool(self._line["outcome"] == "failed")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the wanted tests, in the wanted order."""
        if self._wanted is not None:
            known = {item.nodeid: item for item in items}
            items[:] = [known[name] for name in self._wanted if name in known]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Tell which tests are going to run."""
        self.tell({"kind": "collected", "tests": [item.nodeid for item in session.items]})

    def pytest_exception_interact(
        self,
        node: pytest.Item | pytest.Collector,
        call: pytest.CallInfo[Any],
        report: pytest.CollectReport | pytest.TestReport,
    ) -> None:
        """Tell of a file that cannot be collected."""
        if isinstance(report, pytest.CollectReport) and call.excinfo is not None:
            error = call.excinfo.value.__cause__ or call.excinfo.value
            self.tell({"kind": "broken", "file": node.nodeid, **self._describe(error)})

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Tell that a test starts: if nothing follows, it hangs."""
        self._current = nodeid
        self._line = {"kind": "finished", "test": nodeid, "outcome": "passed", "inherited": []}
        self.tell({"kind": "started", "test": nodeid})

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keep the first thing that went wrong in a test."""
        report = yield
        if report.outcome != "passed" and self._line["outcome"] != "failed":
            self._line["outcome"] = report.outcome
            if call.excinfo is not None:
                self._line |= self._describe(call.excinfo.value)
        return report

    def pytest_runtest_logfinish(self) -> None:
        """Tell how a test ended."""
        self.tell(self._line)

    def note_database(self, name: str) -> None:
        """Note that a database is opened which an earlier test has opened and left filled."""
        path = Path(name).resolve()
        opener = self._openers.setdefault(str(path), self._current)
        if opener == self._current:
            return
        if path.is_file() and path.stat().st_size > 0:
            self._line.setdefault("inherited", []).append(path.name)
        self._openers[str(path)] = self._current

    def _describe(self, error: BaseException) -> dict[str, Any]:
        if isinstance(error, pytest.FixtureLookupError):
            return {"message": f"There is no fixture '{error.argname}'.", "locations": []}
        described = self._locations.of_exception(error)
        text = f"{described['type']}: {described['message']}" if described["message"] else ""
        message = (text or described["type"]).replace(f"{self._locations.root}/", "")
        return {"message": message[:_LONGEST_MESSAGE], "locations": described["locations"]}


NETWORK = frozenset(
    ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
)

_guarded: list[Tests] = []


class Refused(ConnectionRefusedError):
    """The network was asked for."""


class Waited(Exception):
    """A test sleeps."""


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if not _guarded:
        return
    if event in NETWORK:
        target = " ".join(repr(each) for each in arguments if isinstance(each, str | tuple))
        _guarded[-1].tell({"kind": "network", "target": target[:200]})
        raise Refused(f"No network here: {target}")
    if event == "sqlite3.connect" and isinstance(arguments[0], str | os.PathLike):
        _guarded[-1].note_database(os.fspath(arguments[0]))


def _refuse_sleep(seconds: float) -> None:
    if seconds > 0 and _guarded:
        raise Waited(f"A test must not sleep, not even for {seconds:g} seconds.")


_sleep, _sleep_in_loop = time.sleep, asyncio.sleep


def _sleep_not(seconds: Any, /) -> None:
    _refuse_sleep(seconds)
    _sleep(seconds)


async def _sleep_not_in_loop(delay: float, result: Any = None) -> Any:
    _refuse_sleep(delay)
    return await _sleep_in_loop(delay, result)


@contextlib.contextmanager
def guard(tests: Tests) -> Iterator[None]:
    """Guard this process while a suite runs in it."""
    _guarded.append(tests)
    try:
        yield
    finally:
        _guarded.remove(tests)


sys.addaudithook(_watch)
time.sleep = _sleep_not
for _module in (asyncio, asyncio.tasks, anyio._backends._asyncio):
    _module.sleep = _sleep_not_in_loop  # type: ignore[attr-defined]


PLUGINS = (anyio.pytest_plugin, pytest_asyncio.plugin)
LIBRARIES = ("fastapi.testclient", "pickle", "pydantic.v1", "smtplib", "sqlite3", "unittest")
"""What a run would load on its way: it is loaded before copies of this process are made."""

UNUSED_PLUGINS = (
    *("cacheprovider", "doctest", "faulthandler", "junitxml", "pastebin"),
    *("setuponly", "setupplan", "stepwise"),
)
_LONGEST_COMPLAINT = 2000


for _name in (*LIBRARIES, *(f"_pytest.{each}" for each in default_plugins)):
    importlib.import_module(_name)


async def app(scope: Event, receive: Receive, send: Send) -> None:
    """Run a suite as the request's body says; reply with lines of JSON."""
    await reply(_run, scope, receive, send)


def _run(order: Line, tell: Tell) -> None:
    """Run the suite in the folder that the order names, made anew unless it is there."""
    folder = Path.cwd() / order["folder"]
    project = folder / "project"
    try:
        if not folder.exists():
            _write_project(project, order)
        before = list_files(folder)
        enter_project(folder)
        with Leftovers(dict(os.environ)) as leftovers:
            complaint = _run_pytest(folder, order["tests"], tell)
        left = sorted(list_files(folder) - before)
        ended = {"kind": "ended", "left": left, "complaint": complaint}
        tell(ended | {"leftovers": leftovers.list_left()})
    finally:
        tell(None)


def _write_project(project: Path, order: Line) -> None:
    shutil.copytree(Path(order["stage"]) / "app", project / "app")
    for name, text in order["files"].items():
        (project / name).write_text(text, "utf-8")
    (project.parent / "temporary").mkdir()


def list_files(folder: Path) -> set[str]:
    """Name the files of the project and its temporary folder; not those that pytest clears."""
    found = (path for name in ("project", "temporary") for path in (folder / name).rglob("*"))
    return {str(path.relative_to(folder)) for path in found if path.is_file()}


FOLDER_VARIABLES = ("HOME", "TMPDIR")
"""The variables that name the folder of a run."""


def enter_project(folder: Path) -> Path:
    """Make the project in a folder the place where this process runs tests."""
    project, temporary = folder / "project", str(folder / "temporary")
    os.chdir(project)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ |= dict.fromkeys(FOLDER_VARIABLES, temporary)
    tempfile.tempdir = None
    return project


def make_options(project: Path) -> list[str]:
    """Make the options of a run; none but these has a part in it."""
    sys.path[:] = [str(project), *(path for path in sys.path if path not in ("", str(project)))]
    return [
        *(f"-pno:{name}" for name in UNUSED_PLUGINS),
        f"-c{os.devnull}",
        f"--rootdir={project}",
        f"--confcutdir={project}",
        "--tb=no",
        "--import-mode=prepend",
        "--capture=sys",
        "-oasyncio_mode=strict",
        "-oasyncio_default_fixture_loop_scope=function",
        "-Werror",
        "-qq",
        str(project / "app" / "tests"),
    ]


def _run_pytest(folder: Path, wanted: list[str] | None, tell: Tell) -> str:
    """Run the tests with options of our own alone; give pytest's words if it could not."""
    project = enter_project(folder)
    options = [f"--basetemp={folder / 'basetemp'}", *make_options(project)]
    tests = Tests(Locations(str(project)), wanted, tell)
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output), guard(tests):
        status = pytest.main(options, plugins=[*PLUGINS, tests])
    if status in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR):
        return output.getvalue().replace(f"{project}/", "").strip()[-_LONGEST_COMPLAINT:]
    return ""
