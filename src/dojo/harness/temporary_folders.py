"""Temporary folders: removed at the end of their run, or by a later one if theirs was killed.

Whoever uses one has a lock on it, which the kernel takes back when they end, however they end: a
folder that can be locked by one alone is nobody's any more. All of a user's are in one folder of
their own, so that no run looks through all that others keep beside it. One run keeps all its files
in a folder of this kind.
"""

import contextlib
import functools
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..model.errors import UsageError

if sys.platform != "win32":
    import fcntl


@contextlib.contextmanager
def open_temporary_folder(parent: Path | None = None) -> Iterator[Path]:
    """Make an empty folder; remove it at the end, whatever is in it.

    Without a `parent` it is beside the user's other ones, and what killed runs have left there is
    removed before, once in a process.
    """
    if parent is None:
        parent = _open_own_folder()
        _remove_abandoned(parent)
    with contextlib.ExitStack() as lock:
        with _lock(parent):  # nobody shall find it before it is locked
            folder = Path(tempfile.mkdtemp(prefix="dojo-", dir=parent)).resolve()
            lock.enter_context(_lock(folder))
        try:
            yield folder
        finally:
            remove_tree(folder)


def _open_own_folder() -> Path:
    """Give the folder of this user on this machine; `UsageError` if it is somebody else's.

    A lock is not seen from other machines that share the disk, so each has a folder of its own.
    """
    everybody = Path(tempfile.gettempdir()).resolve()
    if sys.platform == "win32":
        return everybody
    own = everybody / f"dojo-{os.geteuid()}-{os.uname().nodename}"
    with contextlib.suppress(FileExistsError):
        own.mkdir(mode=0o700)
    if own.is_symlink() or not own.is_dir() or own.stat().st_uid != os.geteuid():
        raise UsageError(
            f"'{own}' is no folder of yours. Remove it, or set the variable `TMPDIR` to another"
            " folder for temporary files."
        )
    return own


@functools.cache
def _remove_abandoned(parent: Path) -> None:
    with contextlib.ExitStack() as locks:
        for folder in _lock_abandoned(parent, locks):
            remove_tree(folder)


def _lock_abandoned(parent: Path, locks: contextlib.ExitStack) -> list[Path]:
    """Lock and give the folders that nobody uses; none while somebody makes one."""
    found = []
    with contextlib.suppress(BlockingIOError), _lock(parent, alone=True):
        for folder in parent.iterdir():
            with contextlib.suppress(OSError):  # it is used, was removed meanwhile or is no folder
                if not folder.is_symlink():
                    folder.chmod(0o700)  # a submission may have closed it
                locks.enter_context(_lock(folder, alone=True))
                found.append(folder)
    return found


@contextlib.contextmanager
def _lock(folder: Path, *, alone: bool = False) -> Iterator[None]:
    """Lock a folder, beside others or else `alone`: then `BlockingIOError` if others have."""
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def remove_tree(path: Path) -> None:
    """Remove a file or a tree; folders that were locked are opened first, links not followed.

    What is nested moves up before it is emptied: a submission can nest folders so deeply that
    neither a path nor a recursion reaches the innermost.
    """
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    waiting = [path]
    while waiting:
        folder = waiting.pop()
        with contextlib.suppress(OSError):
            folder.chmod(0o700)
            for entry in list(folder.iterdir()):
                if entry.is_symlink() or not entry.is_dir():
                    entry.unlink()
                else:
                    waiting.append(_move_up(entry, path))
            if folder != path:
                folder.rmdir()
    with contextlib.suppress(OSError):
        path.rmdir()


def _move_up(folder: Path, root: Path) -> Path:
    """Move a folder, locked or not, to the root of its tree."""
    folder.chmod(0o700)
    return folder.rename(root / secrets.token_hex(8))


@dataclass(frozen=True)
class RunFolder:
    """The folders of one run, below one root that is removed afterwards."""

    root: Path

    @property
    def stage(self) -> Path:
        """The tree that is graded."""
        return self.root / "stage"

    @property
    def work(self) -> Path:
        """The host's home, working and temporary folder."""
        return self.root / "work"

    @property
    def output(self) -> Path:
        """What the processes write past Python: the last words of a crash."""
        return self.root / "output.txt"

    def environment(self) -> dict[str, str]:
        """Make the environment of a host: nothing of the caller's or the machine's gets in."""
        return {
            "PATH": os.defpath,
            "HOME": str(self.work),
            "TMPDIR": str(self.work),
            "LOGNAME": "learner",  # whoever grades may run it under a number that has no name
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONHASHSEED": "0",
            "MALLOC_ARENA_MAX": "2",
        }

    def write(self, name: str, text: str) -> None:
        """Put a file into the working folder, in place of whatever has its name there."""
        written = self.root / secrets.token_hex(8)  # out of reach, or it could become a link
        written.write_text(text, "utf-8")
        target = self.work / Path(name).name
        remove_tree(target)
        written.replace(target)

    def empty_work(self) -> None:
        """Make the working folder as it was at first, whatever was put in it or in its place."""
        if self.root.is_dir():
            self.root.chmod(0o700)
        if self.work.is_symlink() or not self.work.is_dir():
            remove_tree(self.work)
        self.work.mkdir(parents=True, exist_ok=True)
        self.work.chmod(0o700)
        for path in list(self.work.iterdir()):
            remove_tree(path)
        if self.output.is_symlink() or not self.output.is_file():
            remove_tree(self.output)


@contextlib.contextmanager
def open_run_folder(parent: Path | None = None) -> Iterator[RunFolder]:
    """Make the folders of a run; remove them at the end, whatever is in them."""
    with open_temporary_folder(parent) as root:
        folder = RunFolder(root)
        folder.work.mkdir()
        yield folder
