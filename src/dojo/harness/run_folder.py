"""Run folders: where one run keeps the staged submission, its working files and its raw output."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .temporary_folders import open_temporary_folder, remove_tree


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
