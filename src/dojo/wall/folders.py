"""Folders: where one run keeps the staged submission, its working files and its raw output."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


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
        """Make the environment of a host: nothing of the caller's gets in."""
        return {
            "PATH": os.defpath,
            "HOME": str(self.work),
            "TMPDIR": str(self.work),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "MALLOC_ARENA_MAX": "2",
        }

    def empty_work(self) -> None:
        """Remove everything from the working folder; what resists is left to the end of the run."""
        for path in list(self.work.iterdir()):
            with contextlib.suppress(OSError):
                path.unlink() if path.is_symlink() or not path.is_dir() else shutil.rmtree(path)


@contextlib.contextmanager
def open_run_folder() -> Iterator[RunFolder]:
    """Make the folders of a run; remove them at the end, whatever is in them."""
    root = Path(tempfile.mkdtemp(prefix="dojo-")).resolve()
    folder = RunFolder(root)
    folder.work.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(root, onerror=_make_removable)


def _make_removable(function: object, path: str, error: object) -> None:
    del function, error
    with contextlib.suppress(OSError):
        Path(path).parent.chmod(0o700)
        Path(path).unlink()
