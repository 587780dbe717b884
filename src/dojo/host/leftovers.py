"""Leftovers: what a run of tests leaves in its process, apart from files.

Overrides of the application, cached values, changed environment variables, threads, and tasks that
nobody waited for. What that means is up to the grader.
"""

import asyncio.runners
import functools
import os
import sys
import threading
import weakref
from collections.abc import Iterator, Mapping
from typing import Any

import anyio._backends._asyncio
from fastapi import FastAPI

_PATIENCE = 1.0
"""Seconds that a thread gets to end: only one that has not been told to needs them."""

_LONGEST_NAME = 200
_OF_PYTEST = "PYTEST_CURRENT_TEST"
"""A variable that pytest leaves when a fixture fails at its end."""

_watching: list["Leftovers"] = []
_loops = weakref.WeakSet[asyncio.BaseEventLoop]()


class Leftovers:
    """What is there at the end of a run that was not there when it began."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._threads = {threading.current_thread(), *threading.enumerate()}
        self._loops = [*_loops]
        self._cancelled: list[str] = []

    def __enter__(self) -> "Leftovers":
        _watching.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        _watching.remove(self)

    def note_cancelled(self, loop: asyncio.AbstractEventLoop) -> None:
        """Note the tasks that a loop cancels because it is going to be closed."""
        self._cancelled += _list_tasks(loop)

    def list_left(self) -> list[str]:
        """Describe what is left; the first word says of which kind it is."""
        application = [each for each in _list_values() if isinstance(each, FastAPI)]
        overridden = [key for each in application for key in each.dependency_overrides]
        names = sorted({*self._environment, *os.environ})
        changed = [each for each in names if self._environment.get(each) != os.environ.get(each)]
        changed = [each for each in changed if each != _OF_PYTEST]
        return [
            *(f"override of {_name(each)}" for each in overridden),
            *(f"cache of {_name(each)}" for each in _list_values() if _is_filled(each)),
            *(f"variable {each}"[:_LONGEST_NAME] for each in changed),
            *(f"task {each}" for each in [*self._cancelled, *self._list_kept()]),
            *(f"thread {each.name}"[:_LONGEST_NAME] for each in self._list_threads()),
        ]

    def _list_kept(self) -> list[str]:
        """List the tasks of loops that no runner has closed; those of a thread go with it."""
        loops = [each for each in [*_loops] if each not in self._loops]
        stopped = [each for each in loops if not each.is_running()]
        return [task for loop in stopped for task in _list_tasks(loop)]

    def _list_threads(self) -> list[threading.Thread]:
        new = [each for each in threading.enumerate() if each not in self._threads]
        own = [each for each in new if not isinstance(each, _Worker)]
        for thread in own:
            thread.join(_PATIENCE)
        return [each for each in own if each.is_alive()]


_Worker = anyio._backends._asyncio.WorkerThread
_OF_PLUGIN = anyio._backends._asyncio.TestRunner._run_tests_and_fixtures.__code__


def _list_values() -> Iterator[Any]:
    """Give what the modules of the app hold, but for its tests; each thing once."""
    found: dict[int, Any] = {}
    for name, module in sorted(sys.modules.items()):
        if name.split(".")[0] == "app" and name.split(".")[1:2] != ["tests"]:
            found |= {id(each): each for each in vars(module).values()}
    yield from found.values()


def _is_filled(value: Any) -> bool:
    return isinstance(value, functools._lru_cache_wrapper) and value.cache_info().currsize > 0


def _name(key: Any) -> str:
    return str(getattr(key, "__name__", type(key).__name__))[:_LONGEST_NAME]


def _list_tasks(loop: asyncio.AbstractEventLoop) -> list[str]:
    """Name the tasks of a loop that have not ended, but for the one of anyio's plugin."""
    coroutines = [task.get_coro() for task in asyncio.all_tasks(loop)]
    left = [each for each in coroutines if getattr(each, "cr_code", None) is not _OF_PLUGIN]
    names = (str(getattr(each, "__qualname__", type(each).__name__)) for each in left)
    return sorted(name[:_LONGEST_NAME] for name in names)


_cancel = asyncio.runners._cancel_all_tasks  # type: ignore[attr-defined]


def _cancel_and_note(loop: asyncio.AbstractEventLoop) -> None:
    for each in _watching:
        each.note_cancelled(loop)
    _cancel(loop)


_begin = asyncio.BaseEventLoop.__init__


def _begin_and_note(loop: asyncio.BaseEventLoop) -> None:
    _begin(loop)
    _loops.add(loop)


asyncio.BaseEventLoop.__init__ = _begin_and_note  # type: ignore[assignment]
asyncio.runners._cancel_all_tasks = _cancel_and_note  # type: ignore[attr-defined]
