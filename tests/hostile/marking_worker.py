"""A worker as the engine has it, which keeps the marks that submissions leave where they act.

It runs as a program of its own, on the grader's side of the wall, in place of the engine's.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from dojo.harness.temporary_folders import RunFolder, open_run_folder
from dojo.runner import worker

KEPT = Path(os.environ["DOJO_WITNESS_MARKS"])
MARK = b"ACTED "


@contextmanager
def open_watched_folder(parent: Path | None = None) -> Iterator[RunFolder]:
    """Open a run folder; keep the marks in its raw output before it is removed."""
    with open_run_folder(parent) as folder:
        with folder.output.open("ab+") as output:  # so it can be read whatever takes its place
            yield folder
            output.seek(0)
            marks = {line.removeprefix(MARK) for line in output if line.startswith(MARK)}
        with KEPT.open("ab") as kept:
            kept.writelines(sorted(marks))


with mock.patch.object(worker, "open_run_folder", open_watched_folder):
    worker.main(sys.argv[1:])
