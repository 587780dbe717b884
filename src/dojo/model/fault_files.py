"""Fault files: where the details of our own faults are kept, which a learner is not shown."""

import contextlib
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from .. import __version__
from .catalogue import CatalogueError, find_root
from .files import write
from .reports import Report

_FOLDER = Path(".dojo", "faults")


def keep_fault(name: str, details: str) -> Path | None:
    """Keep details in a file, below `.dojo` or else among temporary files; give its path.

    `name` says what failed and becomes the file's name. `None` if no file can be written.
    """
    file = f"{re.sub(r'[^A-Za-z0-9_]+', '-', name)[:80]}.txt"
    text = f"dojo {__version__}, {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n{name}\n\n{details}\n"
    with contextlib.suppress(OSError, CatalogueError):
        return _write(find_root(Path.cwd()) / _FOLDER / file, text)
    with contextlib.suppress(OSError):
        return _write(Path(tempfile.mkdtemp(prefix="dojo-")) / file, text)
    return None


def keep_grader_fault(report: Report) -> str:
    """Keep the details of the fault in a report, if there is one; say where, in a sentence."""
    if report.fault is None:
        return ""
    path = keep_fault(f"check {report.kata} --seed {report.seed}", report.fault.details)
    return describe_fault_file(path)


def describe_fault_file(path: Path | None) -> str:
    """Say where details were kept, as a path that can be opened from the current folder."""
    if path is None:
        return "The details could not be kept: no file could be written."
    return f"Please report it, with the details in '{_show(path)}'."


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, text)
    return path


def _show(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
