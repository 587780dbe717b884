"""Lets one command at a time change a kata; the system drops the lock when its holder dies."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import WorkspaceError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

PAUSE = 0.02


@contextmanager
def lock(path: Path, patience: float) -> Iterator[None]:
    """Hold the lock file `path`, waiting up to `patience` seconds for another holder to end.

    The file itself stays: deleting it would let a third command lock a new one beside it.
    Raises `WorkspaceError` if the other holder does not end in time.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _wait(descriptor, patience)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, patience: float) -> None:
    deadline = time.monotonic() + patience
    while not _acquire(descriptor):
        if time.monotonic() > deadline:
            raise WorkspaceError(
                "Another command is changing the same kata. "
                "Wait until it has ended, then run this one again."
            )
        time.sleep(PAUSE)


def _acquire(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
