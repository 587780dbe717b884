"""Lets one command at a time change a kata; the system drops the lock when its holder dies."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import WorkspaceError


@contextmanager
def lock(path: Path, patience: float) -> Iterator[None]:
    """Hold the lock file `path`, waiting up to `patience` seconds for another holder to end.

    The file itself stays: deleting it would let a third command lock a new one beside it.
    Raises `WorkspaceError` if the other holder does not end in time.
    """
    from filelock import FileLock, Timeout  # a check changes nothing and need not wait for it

    path.parent.mkdir(parents=True, exist_ok=True)
    try:  # where the file system has no locks, one that outlives its holder is worse than an error
        held = FileLock(path, fallback_to_soft=False).acquire(timeout=patience)
    except Timeout:
        raise WorkspaceError(
            "Another command is changing the same kata. "
            "Wait until it has ended, then run this one again."
        ) from None
    with held:
        yield
