"""Locations: where in the submission's own files something happened or stands.

It describes exceptions, threads and suspended tasks by the submission's frames alone; the frames
of libraries and of the host are left out, because a learner cannot change them.
"""

import asyncio
import gc
import inspect
import linecache
import os
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

Location = dict[str, Any]

_LONGEST_MESSAGE = 2000
_MOST_LOCATIONS = 50
"""As many from the innermost outwards are told: an endless recursion has a thousand."""
_WAITS = {
    "threads": {
        "AsyncIOBackend.run_sync_in_worker_thread",
        "CapacityLimiter.acquire_on_behalf_of",
    },
    "connections": {"QueuePool._do_get", "Queue.get"},  # SQLAlchemy's, in threads
    "http connections": {"AsyncPoolRequest.wait_for_connection"},
    "lock": {"Lock.acquire"},
    "semaphore": {"Semaphore.acquire"},
}
"""The functions of libraries that a task or thread is inside of, by what it waits for there."""


class Locations:
    """Describe code positions below one root folder, as paths relative to it."""

    def __init__(self, root: str) -> None:
        self.root = Path(root)
        self._prefix = f"{root}{os.sep}"

    def of_exception(self, exception: BaseException) -> dict[str, Any]:
        """Describe an exception: `type`, `message`, `locations` from the outermost inwards."""
        innermost = _unwrap_group(exception)
        locations = [
            self._location(code, line)
            for code, line in _walk_traceback(innermost)
            if self._is_own(code)
        ]
        if isinstance(innermost, SyntaxError) and innermost.filename:
            locations.append(self._syntax_location(innermost))
        return {
            "type": type(innermost).__name__,
            "message": _message(innermost)[:_LONGEST_MESSAGE],
            "locations": locations[-_MOST_LOCATIONS:],
            "missing": getattr(innermost, "name", None)
            if isinstance(innermost, ModuleNotFoundError)
            else None,
        }

    def of_function(self, function: Any) -> Location | None:
        """Say where a function of the submission is defined; `None` for any other object."""
        code = getattr(inspect.unwrap(function), "__code__", None)
        if not isinstance(code, CodeType) or not self._is_own(code):
            return None
        return self._location(code, _find_definition(code))

    def of_tasks(self, tasks: Iterable[asyncio.Task[Any]]) -> list[Location]:
        """Say where suspended tasks stand, the newest first, each from the innermost own frame."""
        found = []
        for task in sorted(tasks, key=_count, reverse=True):
            own = [frame for frame in _walk_coroutine(task.get_coro()) if self._is_own(frame[0])]
            found += [self._location(*each) for each in reversed(own)]
        return found

    def find_causes(self, tasks: Iterable[asyncio.Task[Any]]) -> list[str]:
        """Name what suspended tasks and threads are seen to wait for, of the kinds in `_WAITS`."""
        stacks = [list(_walk_coroutine(task.get_coro())) for task in tasks]
        stacks += [list(_walk_stack(frame)) for frame in sys._current_frames().values()]
        names = [{code.co_qualname for code, _ in stack} for stack in stacks]
        return [cause for cause, wait in _WAITS.items() if any(wait <= each for each in names)]

    def of_threads(self) -> list[Location]:
        """Say where the other threads stand, each from the innermost own frame outwards."""
        here = threading.get_ident()
        stacks = [frame for ident, frame in sys._current_frames().items() if ident != here]
        found = []
        for stack in stacks:
            own = [item for item in _walk_stack(stack) if self._is_own(item[0])]
            found += [self._location(*each) for each in own]
        return found

    def _is_own(self, code: CodeType) -> bool:
        return code.co_filename.startswith(self._prefix)  # asked for in every call: no `Path`

    def _location(self, code: CodeType, line: int) -> Location:
        return {
            "file": code.co_filename.removeprefix(self._prefix),
            "line": line,
            "function": code.co_name,
            "code": linecache.getline(code.co_filename, line).strip()[:200],
        }

    def _syntax_location(self, error: SyntaxError) -> Location:
        path = Path(error.filename or "")
        own = path.is_relative_to(self.root)
        return {
            "file": str(path.relative_to(self.root)) if own else path.name,
            "line": error.lineno or 0,
            "function": "",
            "code": (error.text or "").strip()[:200],
        }


def _count(task: asyncio.Task[Any]) -> int:
    """Give the number that asyncio has put into a task's name; 0 if it has another one."""
    prefix, _, number = task.get_name().rpartition("-")
    return int(number) if prefix == "Task" and number.isdecimal() else 0


def _find_definition(code: CodeType) -> int:
    """Give the line of the `def`: a decorated function begins at its first decorator."""
    for line in range(code.co_firstlineno, code.co_firstlineno + 20):
        if linecache.getline(code.co_filename, line).lstrip().startswith(("def ", "async def ")):
            return line
    return code.co_firstlineno


def _message(exception: BaseException) -> str:
    try:
        return str(exception.msg if isinstance(exception, SyntaxError) else exception)
    except BaseException:
        return "(the exception's own text could not be read)"


def _unwrap_group(exception: BaseException) -> BaseException:
    while isinstance(exception, BaseExceptionGroup) and len(exception.exceptions) == 1:
        exception = exception.exceptions[0]
    return exception


def _walk_traceback(exception: BaseException) -> Iterator[tuple[CodeType, int]]:
    for frame, line in traceback.walk_tb(exception.__traceback__):
        yield frame.f_code, line


def _walk_stack(frame: FrameType) -> Iterator[tuple[CodeType, int]]:
    for each, line in traceback.walk_stack(frame):
        yield each.f_code, line


def _walk_coroutine(coroutine: Any) -> Iterator[tuple[CodeType, int]]:
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "ag_frame", None)
        frame = frame or getattr(coroutine, "gi_frame", None)
        if frame is not None:
            yield frame.f_code, frame.f_lineno
        coroutine = (
            getattr(coroutine, "cr_await", None)
            or getattr(coroutine, "ag_await", None)
            or getattr(coroutine, "gi_yieldfrom", None)
            or _find_generator(coroutine)
        )


def _find_generator(awaitable: Any) -> Any:
    """Give the asynchronous generator behind one step of it, which knows it but does not say it."""
    if type(awaitable).__name__ not in ("async_generator_asend", "async_generator_athrow"):
        return None
    return next(filter(inspect.isasyncgen, gc.get_referents(awaitable)), None)
