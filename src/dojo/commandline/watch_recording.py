"""The recording of `watch`, which never ends by itself: what it writes of a report and a pass."""

import contextlib
import io
from datetime import datetime
from pathlib import Path

from ..learning.exercises import Exercise
from ..model.catalogue import Catalogue
from ..model.reports import Report
from ..output.standpoints import Standpoint
from ..output.terminal import open_console
from ..output.watch_pages import (
    KEYS,
    render_begin,
    render_keys,
    render_pass,
    render_start,
    render_verdict,
)
from .recordings import fill

PAGE = "docs/watch.md"
_BEGUN = datetime(2026, 11, 30, 20, 15, 12)


def record_watch(root: Path, report: Report) -> dict[Path, str]:
    """Give the page about `watch` with what it shows of a report, and of a pass of that kata."""
    exercise = Exercise(Catalogue(root).find(report.kata))
    failed, passed = io.StringIO(), io.StringIO()
    with contextlib.chdir(root):  # places are written from where a learner stands
        console = open_console(failed)
        render_start(exercise, console)
        render_begin(exercise, _BEGUN, console)
        standpoint = Standpoint(folders=[exercise.kata.exercise])
        render_verdict(report, report.list_open()[0], standpoint, console)
        render_keys(list(KEYS.items()), console)
        render_pass(exercise, "", open_console(passed))
    text = (root / PAGE).read_text("utf-8")
    for mark, written in (("watch", failed), ("pass", passed)):
        lines = written.getvalue().strip().splitlines()
        text = fill(text, mark, "\n".join(f"    {line}".rstrip() for line in lines))
    return {root / PAGE: text}
