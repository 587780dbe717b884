"""Locks of a process that is kept alone act as those of `multiprocessing` do."""

import multiprocessing
import threading
from collections.abc import Callable
from multiprocessing import synchronize
from typing import Any

import pytest

from dojo.host.confinement import ThreadSemaphore, replace_process_locks, share_process_locks

Make = Callable[[], Any]


@pytest.fixture(params=["original", "replaced", "shared"])
def context(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give what makes locks: as the C library does, and in its place."""
    module = vars(synchronize)["_multiprocessing"]
    monkeypatch.setattr(module, "SemLock", module.SemLock)  # puts it back afterwards
    if request.param == "replaced":
        replace_process_locks()
    if request.param == "shared":
        share_process_locks()
    made = multiprocessing.get_context("fork")
    assert isinstance(vars(made.Lock())["_semlock"], ThreadSemaphore) == (
        request.param != "original"
    )
    return made


def test_lock_is_held_once(context: Any) -> None:
    """A lock that is held cannot be taken again, and can after it was released."""
    lock = context.Lock()

    with lock:
        again = lock.acquire(block=False)
        later = lock.acquire(timeout=0.001)

    assert (again, later) == (False, False)
    assert lock.acquire(block=False)


def test_recursive_lock_counts_holds(context: Any) -> None:
    """A recursive lock is free when it was released as often as it was taken."""
    lock = context.RLock()
    with lock, lock:
        pass

    with pytest.raises(AssertionError):
        lock.release()


def test_recursive_lock_belongs_to_thread(context: Any) -> None:
    """Another thread can neither take a recursive lock that is held nor release it."""
    lock = context.RLock()
    seen: list[object] = []

    def try_both() -> None:
        seen.append(lock.acquire(block=False))
        try:
            lock.release()
        except AssertionError as error:
            seen.append(type(error))

    with lock:
        other = threading.Thread(target=try_both)
        other.start()
        other.join()

    assert seen == [False, AssertionError]


def test_semaphore_is_given_back_by_anybody(context: Any) -> None:
    """A semaphore has as many places as it was made with, and a release wakes who waits."""
    semaphore = context.Semaphore(1)
    semaphore.acquire()
    waiting = threading.Thread(target=semaphore.acquire)
    waiting.start()

    semaphore.release()
    waiting.join(10)

    assert not waiting.is_alive()
    assert semaphore.get_value() == 0


def test_bounded_semaphore_has_limit(context: Any) -> None:
    """A bounded semaphore that is released too often says so."""
    with pytest.raises(ValueError, match="released too many times"):
        context.BoundedSemaphore(1).release()


def test_what_is_made_of_locks_works(context: Any) -> None:
    """An event, a condition and a queue work within the process."""
    event, condition, queue = context.Event(), context.Condition(), context.SimpleQueue()
    event.set()
    queue.put("text")
    with condition:
        condition.notify()

    assert (event.is_set(), queue.get()) == (True, "text")
    queue.close()
