"""Copies, measures, replaces and deletes files and folders; knows nothing of katas or saves.

Python's bytecode caches are no one's work: they are neither copied nor measured.
"""

import hashlib
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from .errors import WorkspaceError

BYTECODE = "__pycache__"


def copy(source: Path, target: Path) -> None:
    """Copy everything in the folder `source` into `target`, down to the disk.

    Contents, names, modes and times are kept, links stay links, empty folders stay.
    Raises `OSError` for what can't be copied, e.g. a named pipe.
    """
    shutil.copytree(
        source,
        target,
        symlinks=True,
        ignore=shutil.ignore_patterns(BYTECODE),
        copy_function=_copy_file,
        dirs_exist_ok=True,
    )
    for folder, _, _ in os.walk(target):
        flush(Path(folder))


def digest(tree: Path) -> str:
    """Return the SHA-256 (hex) of the names, modes and contents of everything in `tree`."""
    return digest_parts(_parts(tree))


def digest_parts(parts: Iterable[bytes]) -> str:
    """Return the SHA-256 (hex) of parts, of which each counts with its length."""
    total = hashlib.sha256()
    for part in parts:
        # Without the lengths, "ab" + "c" and "a" + "bc" would be the same.
        total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()


def delete(tree: Path) -> None:
    """Delete the folder `tree` if it exists, even where parts of it are read-only."""
    if not tree.exists():
        return
    tree.chmod(stat.S_IRWXU)
    for folder, folders, files in os.walk(tree):
        # Windows refuses to delete a read-only file, the others to empty a read-only folder.
        for name in folders + files if os.name == "nt" else folders:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(stat.S_IRWXU)
    shutil.rmtree(tree)


def move(source: Path, target: Path) -> None:
    """Rename `source` to `target`, which must be free, in one step and down to the disk."""
    source.rename(target)
    flush(target.parent)


def write(path: Path, text: str) -> None:
    """Write `text` to the file `path` so that it holds either all of it or what it held before."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")  # another process may write it too
    with draft.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    flush(path.parent)


def list_drafts(path: Path) -> list[Path]:
    """Return what `write` has left of new content for the file `path` that it did not finish."""
    return list(path.parent.glob(f".{path.name}.*.new"))


def flush(path: Path) -> None:
    """Wait until the file or folder `path` is on the disk, where the platform can tell."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy_file(source: str, target: str) -> None:
    shutil.copy2(source, target)
    flush(Path(target))


def _parts(tree: Path) -> Iterator[bytes]:
    for name in sorted(_names(tree)):
        path = tree / name
        mode = path.lstat().st_mode
        yield from (os.fsencode(name), str(mode).encode(), _content(path, mode))


def _names(tree: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(tree, onerror=_refuse):
        folders[:] = [name for name in folders if name != BYTECODE]
        for name in folders + files:
            yield Path(folder, name).relative_to(tree).as_posix()


def _refuse(error: OSError) -> NoReturn:
    # Left alone, os.walk would pass over a folder that it can't read.
    raise error


def _content(path: Path, mode: int) -> bytes:
    if stat.S_ISLNK(mode):
        return os.fsencode(path.readlink())
    return path.read_bytes() if stat.S_ISREG(mode) else b""


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
            "Wait until it ends. Then run this command again."
        ) from None
    with held:
        yield
