"""The suite application: what a host serves for a kata of kind `suite`: it runs tests.

A guard keeps the learner's tests off the network and from waiting, and notes databases; what it
refuses, it also tells of.
"""

import asyncio
import contextlib
import importlib
import io
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio._backends._asyncio
import anyio.pytest_plugin
import pytest
import pytest_asyncio.plugin
from _pytest.config import default_plugins

from .calls import Event
from .locations import Locations
from .suite_plugin import Tests

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


Line = dict[str, Any]

PLUGINS = (anyio.pytest_plugin, pytest_asyncio.plugin)
LIBRARIES = ("fastapi.testclient", "pickle", "pydantic.v1", "smtplib", "sqlite3", "unittest")
"""What a run would load on its way: it is loaded before copies of this process are made."""

UNUSED_PLUGINS = (
    *("cacheprovider", "doctest", "faulthandler", "junitxml", "pastebin"),
    *("setuponly", "setupplan", "stepwise"),
)
_LONGEST_COMPLAINT = 2000
_SIGN_SECONDS = 0.5
_LEAST_USE = 0.01
_MOST_SECONDS = 3.0
_MOST_IDLE = 4


for _name in (*LIBRARIES, *(f"_pytest.{each}" for each in default_plugins)):
    importlib.import_module(_name)


Tell = Callable[[Line | None], None]
Receive = Callable[[], Any]
Send = Callable[[Event], Any]


async def app(scope: Event, receive: Receive, send: Send) -> None:
    """Run a suite as the request's body says; reply with lines of JSON."""
    await reply(_run, scope, receive, send)


async def reply(
    run: Callable[[Line, Tell], None], scope: Event, receive: Receive, send: Send
) -> None:
    """Have `run` do in a thread what the request's body says, and reply with what it tells."""
    if scope["type"] != "http":
        return
    order = json.loads(await _read_body(receive))
    loop, lines = asyncio.get_running_loop(), asyncio.Queue[Line | None]()

    def tell(line: Line | None) -> None:
        loop.call_soon_threadsafe(lines.put_nowait, line)

    await send({"type": "http.response.start", "status": 200, "headers": []})
    threading.Thread(target=run, args=(order, tell), daemon=True).start()
    async for line in _read_lines(lines):
        body = json.dumps(line).encode() + b"\n"
        await send({"type": "http.response.body", "body": body, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _read_lines(lines: "asyncio.Queue[Line | None]") -> AsyncIterator[Line]:
    """Give the lines; between them, signs of life while a test makes use of the processor.

    A slow machine is no hang: a test has `_MOST_SECONDS` of processor time, and may stand still
    for `_MOST_IDLE` signs. What comes after that is up to the grader's patience.
    """
    used, idle = time.process_time(), 0
    while True:
        alive = time.process_time() - used < _MOST_SECONDS and idle < _MOST_IDLE
        before = time.process_time()
        try:
            line = await asyncio.wait_for(lines.get(), _SIGN_SECONDS if alive else None)
        except TimeoutError:
            idle += time.process_time() - before < _LEAST_USE
            yield {"kind": "alive"}
            continue
        if line is None:
            return
        yield line
        used, idle = time.process_time(), 0


async def _read_body(receive: Callable[[], Any]) -> bytes:
    body, more = b"", True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    return body


def _run(order: Line, tell: Tell) -> None:
    """Run the suite in the folder that the order names, made anew unless it is there."""
    folder = Path.cwd() / order["folder"]
    project = folder / "project"
    try:
        if not folder.exists():
            _write_project(project, order)
        before = list_files(folder)
        complaint = _run_pytest(folder, order["tests"], tell)
        left = sorted(list_files(folder) - before)
        tell({"kind": "ended", "left": left, "complaint": complaint})
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


def enter_project(folder: Path) -> Path:
    """Make the project in a folder the place where this process runs tests."""
    project, temporary = folder / "project", str(folder / "temporary")
    os.chdir(project)
    os.environ |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "TMPDIR": temporary, "HOME": temporary}
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
