"""Standpoints: from where a report is read, so that what it names can be opened and run there."""

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..model.reports import Report


@dataclass(frozen=True)
class Standpoint:
    """What the reader of a report in a terminal has: files, the call that they made, their work."""

    folders: Sequence[Path] = ()
    """Where a file of the submission may lie; the first folder that holds it counts."""
    options: Sequence[str] = ()
    """What they called `check` with, besides the kata and the seed."""
    is_own: bool = True
    """Whether their own work was graded, which `serve` runs."""
    following: str = ""
    """What they do after a pass, where the notes are still closed."""
    trace: Sequence[str] | None = None
    """The options with which `trace` looks at the same run; `None` if there is no trace of it."""
    fault: str = ""
    """Where the details of a fault of the grader were kept, in a sentence."""

    def locate(self, file: str) -> str:
        """Write a file of the submission as a path from the current folder, if it is found."""
        if Path(file).is_absolute() or ".." in Path(file).parts:
            return file
        # Unlike `Path.is_file`, it takes any name that a submission can think of.
        found = [each / file for each in self.folders if os.path.isfile(each / file)]  # noqa: PTH113
        return os.path.relpath(found[0]) if found else file

    def write_check(self, report: Report, *, repeated: bool = False) -> str:
        """Write the command that checks the kata, or that repeats this run, in backticks."""
        words = ["nox", "-s", "check", "--", report.kata.partition("_")[0]]
        words += [*self.options, "--seed", report.seed] if repeated else []
        return f"`{shlex.join(words)}`"
