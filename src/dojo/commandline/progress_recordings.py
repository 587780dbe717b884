"""Recordings of commands that depend on progress and date, such as `list`, `next` and `review`.

Each is made with a copy of the exercises, the progress of one learner and a fixed date, so that it
changes only with what it shows.
"""

import argparse
import contextlib
import io
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import time_machine

from ..harness.temporary_folders import open_temporary_folder
from ..learning.exercises import KataProgress, Progress
from ..model.catalogue import Catalogue
from . import cards_command, interview_command, overview_commands, review_command
from .recordings import fill

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
_PASSED = ("01", "02", "04", "07")
_BEGUN = ("03", KataProgress(passed_criteria=3, best_criteria=4, criteria=10, checked_at=NOW))

RECORDINGS = {
    "list": (overview_commands, ("--track", "basics"), ""),
    "next": (overview_commands, (), ""),
    "review": (review_command, ("--cards", "3"), "\n3\n['200', '404', '422']\n2\ns\n"),
    "cards": (cards_command, ("--track", "data", "--level", "mid", "--cards", "1"), "\n3\n"),
    "interview": (
        interview_command,
        ("--session", "five_questions"),
        "Sessions must be closed, also when the route raises.\n3\nt\nq\n",
    ),
}
"""By command: its module, its options, and what is typed while it runs."""
PAGES = {
    "list": "next.md",
    "next": "next.md",
    "review": "review.md",
    "cards": "interview.md",
    "interview": "interview.md",
}
"""By command, the page in `docs/` that shows it, between marks with its name."""


def record_progress(root: Path) -> dict[Path, str]:
    """Give the pages with the recordings as they should be."""
    pages: dict[Path, str] = {}
    for name in RECORDINGS:
        path = root / "docs" / PAGES[name]
        text = pages.get(path) or path.read_text("utf-8")
        lines = [f"    {line}".rstrip() for line in record(root, name).splitlines()]
        pages[path] = fill(text, name, "\n".join(lines))
    return pages


def record(root: Path, name: str) -> str:
    """Run a command of `RECORDINGS` as a learner does; give what it writes."""
    module, options, typed = RECORDINGS[name]
    parser = argparse.ArgumentParser()
    getattr(module, f"add_{name}_options")(parser)
    written = io.StringIO()
    with (
        _open_copy(root),
        time_machine.travel(NOW, tick=False),
        contextlib.redirect_stdout(written),
        mock.patch("sys.stdin", io.StringIO(typed)),
    ):
        getattr(module, f"run_{name}")(parser.parse_args(options))
    return f"$ nox -s {name}{_write_options(options)}\n{written.getvalue()}".rstrip()


def _write_options(options: tuple[str, ...]) -> str:
    return f" -- {' '.join(options)}" if options else ""


@contextlib.contextmanager
def _open_copy(root: Path) -> Iterator[None]:
    """Make a repository with the same katas the current folder, in which a learner is half-way."""
    with open_temporary_folder() as copy:
        shutil.copytree(root / "exercises", copy / "exercises")
        for catalogued in Catalogue(root).katas:
            app = copy / "exercises" / catalogued.id / "app"
            shutil.rmtree(app)
            shutil.copytree(catalogued.stub / "app", app)
        for name in ("graders", "solutions", "cards"):
            (copy / name).symlink_to(root / name)
        (copy / "noxfile.py").touch()
        katas, progress = Catalogue(copy), Progress(copy)
        for number in _PASSED:
            kata = katas.find(number)
            passed = KataProgress(passed_at=NOW - timedelta(days=int(number)))
            progress.write(kata.id, passed)
        number, begun = _BEGUN
        progress.write(katas.find(number).id, begun)
        with contextlib.chdir(copy):
            yield
