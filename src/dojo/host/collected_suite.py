"""The collected suite: what a host serves that runs a few tests of a suite, or one alone.

The suite is collected on the right app before hosts are copied from it. A copy puts the code of
another version into the app's functions first: it need neither import that nor collect again.
"""

import base64
import contextlib
import functools
import inspect
import io
import marshal
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from _pytest.config import _prepareconfig
from _pytest.main import Session
from _pytest.tmpdir import TempPathFactory
from fastapi import FastAPI

from .calls import Event
from .leftovers import Leftovers
from .locations import Locations
from .replies import Line, Receive, Send, Tell, reply
from .snapshot import prepare_routes
from .suite_app import (
    FOLDER_VARIABLES,
    PLUGINS,
    Tests,
    enter_project,
    guard,
    list_files,
    make_options,
)


def _tell_nobody(_: object) -> None:
    """Do without what the collection tells: the grader has seen the whole suite run before."""


class CollectedSuite:
    """A suite whose tests can be run in copies of this process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._project = enter_project(folder)
        self._tests = Tests(Locations(str(self._project)), None, _tell_nobody)
        self._environment = dict(os.environ)
        before = self._list_all()
        self._session = self._collect()
        if self._list_all() != before:
            raise RuntimeError("Collecting the tests leaves something that copies would share.")
        for module in [each for name, each in sys.modules.items() if name.startswith("app.")]:
            for made in [each for each in vars(module).values() if isinstance(each, FastAPI)]:
                prepare_routes(made)

    def _collect(self) -> Session:
        """Do what `pytest.main` does, up to the first test; what is entered is never left."""
        output = io.StringIO()
        entered = contextlib.ExitStack()
        entered.enter_context(contextlib.redirect_stdout(output))
        entered.enter_context(contextlib.redirect_stderr(output))
        entered.enter_context(guard(self._tests))
        self._entered = entered.pop_all()
        config = _prepareconfig(make_options(self._project), [*PLUGINS, self._tests])
        session = Session.from_config(config)
        config._do_configure()
        config.hook.pytest_sessionstart(session=session)
        config.hook.pytest_collection(session=session)
        return session

    def _list_all(self) -> list[Path]:
        found = sorted(self._folder.rglob("*"))
        return [path for path in found if "__pycache__" not in path.parts]

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        """Run the tests that the request's body names; reply with lines of JSON."""
        await reply(self._run, scope, receive, send)

    def _run(self, order: Line, tell: Tell) -> None:
        """Run tests, in a folder of their own, with the code of the modules in the order."""
        folder = self._folder / order["folder"]
        shutil.copytree(self._project, folder / "project")
        (folder / "temporary").mkdir()
        enter_project(folder)
        self._move_temporary_folders(folder / "basetemp")
        calls = Counter[str]()
        try:
            for name, compiled in order["modules"].items():
                replace_code(name, compiled, calls)
            self._run_tests(order, tell, folder)
            tell({"kind": "called", "calls": dict(calls)})
        finally:
            tell(None)

    def _move_temporary_folders(self, folder: Path) -> None:
        """Let `tmp_path` be in a folder of this copy, as `--basetemp` does for a whole run."""
        config = self._session.config
        config.option.basetemp = str(folder)
        config._tmp_path_factory = TempPathFactory.from_config(config, _ispytest=True)  # type: ignore[attr-defined]

    def _run_tests(self, order: Line, tell: Tell, folder: Path) -> None:
        """Run the tests one after the other, until one fails."""
        known = {item.nodeid: item for item in self._session.items}
        items = [known[name] for name in order["tests"]]
        self._tests.tell = tell
        before = self._list_left(folder)
        own = {name: os.environ[name] for name in FOLDER_VARIABLES}
        with Leftovers(self._environment | own) as leftovers:
            for item, following in zip(items, [*items[1:], None], strict=True):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if self._tests.has_failed:
                    break
        left = sorted(self._list_left(folder) - before)
        ended = {"kind": "ended", "left": left, "complaint": ""}
        tell(ended | {"leftovers": leftovers.list_left()})

    def _list_left(self, folder: Path) -> set[str]:
        return list_files(folder) | list_files(self._folder)


def open_suite() -> CollectedSuite:
    """Collect the suite in the working folder."""
    return CollectedSuite(Path.cwd())


def replace_code(name: str, compiled: Line, calls: Counter[str]) -> None:
    """Give the functions and constants of a module those of another source of it.

    Whoever has taken a function from the module has the new code with it, which adds to `calls`.
    """
    module = sys.modules.get(name)
    if module is None:
        return
    vars(module).update(compiled["constants"], **{compiled["counter"]: calls.update})
    for function, code in _list_codes(marshal.loads(base64.b64decode(compiled["code"]))):
        _replace_function(module, function, code)


def _list_codes(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    """Give the codes of functions by their qualified names; not of those within functions."""
    for inner in [each for each in code.co_consts if isinstance(each, CodeType)]:
        if inner.co_flags & inspect.CO_OPTIMIZED:
            yield inner.co_qualname, inner
        else:  # the body of a class
            yield from _list_codes(inner)


def _replace_function(module: ModuleType, name: str, code: CodeType) -> None:
    with contextlib.suppress(AttributeError):
        found: Any = functools.reduce(getattr, name.split("."), module)
        function = inspect.unwrap(found)
        if isinstance(function, FunctionType) and function.__code__.co_qualname == name:
            function.__code__ = code
