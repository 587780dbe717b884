"""Process locks: what `multiprocessing` makes its locks of, for a process that is kept alone.

The C library keeps semaphores in a folder that all processes of the machine share, so a confined
host can make none. It cannot make another process either: locks of its threads do the same for it.
"""

import importlib
import threading
from typing import Any

_RECURSIVE = 0
"""The kind that `RLock` asks for; every other kind is a semaphore, which anybody may release."""


class ThreadSemaphore:
    """A `_multiprocessing.SemLock` that works among the threads of one process."""

    SEM_VALUE_MAX = 2**31 - 1

    def __init__(self, kind: int, value: int, maxvalue: int, name: str, unlink: bool) -> None:
        self.kind = kind
        self.maxvalue = maxvalue
        self.name = None if unlink else name
        self.handle = id(self)
        self._value = value
        self._released = threading.Condition()
        self._owner = 0
        self._holds = 0

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Take one, waiting for it if asked to, at most `timeout` seconds; tell whether it came."""
        if self.kind == _RECURSIVE and self._is_mine():
            self._holds += 1
            return True
        patience = (None if timeout is None else max(timeout, 0.0)) if block else 0.0
        with self._released:
            if not self._released.wait_for(self._get_value, patience):
                return False
            self._value -= 1
            self._owner = threading.get_ident()
            self._holds += 1
        return True

    def release(self) -> None:
        """Give one back; `AssertionError` and `ValueError` as the original raises them."""
        if self.kind == _RECURSIVE:
            if not self._is_mine():
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self._holds > 1:
                self._holds -= 1
                return
        with self._released:
            if self._value >= self.maxvalue:
                raise ValueError("semaphore or lock released too many times")
            self._value += 1
            self._holds -= 1
            self._released.notify()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def _count(self) -> int:
        return self._holds

    def _is_mine(self) -> bool:
        return self._holds > 0 and self._owner == threading.get_ident()

    def _get_value(self) -> int:
        return self._value

    def _is_zero(self) -> bool:
        return self._value == 0

    def _after_fork(self) -> None:
        self._holds = 0


def replace_process_locks() -> None:
    """Have `multiprocessing` make its locks, queues and pools of locks of threads."""
    module: Any = importlib.import_module("_multiprocessing")
    module.SemLock = ThreadSemaphore
