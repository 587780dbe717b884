"""Recordings: what commands write, for the pages that show it.

A page holds the call and, between marks, what came of it. Each is called as people call it, in a
copy of the katas it needs, with a file of the learner's that the page shows as well.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..harness.temporary_folders import open_temporary_folder
from ..model.catalogue import Catalogue, Kata

UNDERSTAND, TRACE = "docs/understand.md", "docs/trace.md"
_CODE = re.compile(r"^ {4}|^$", re.MULTILINE)


@dataclass(frozen=True)
class Recording:
    """A command about a kata, and the learner's `file` that it reads: the name of its mark.

    Of what it writes `most` lines are shown. With `solved` the learner's files are the solution's.
    """

    page: str
    mark: str
    command: str
    kata: str
    file: str = ""
    options: Sequence[str] = ()
    most: int | None = None
    solved: bool = False


def make_trace(mark: str, kata: str, case: str, criterion: str) -> Recording:
    """Make the recording of the trace of a known answer."""
    options = ("--case", case, "--criterion", criterion, "--seed", "1")
    return Recording(TRACE, mark, "trace", kata, options=options)


RECORDINGS = (
    Recording(UNDERSTAND, "examples", "examples", "04", "examples.txt"),
    Recording(UNDERSTAND, "arrange", "arrange", "01"),
    Recording(UNDERSTAND, "tutor", "tutor", "01", most=16),
    Recording(UNDERSTAND, "compare", "compare", "03", options=["--spoil"], most=25, solved=True),
    make_trace("leaked session", "03", "no_finally", "test_session_closes_after_errors"),
    make_trace("blocked loop", "02", "stub", "test_terms_overlap_at_partner"),
)


def record_pages(root: Path) -> dict[Path, str]:
    """Give the pages with the recordings as they should be."""
    pages = {page: (root / page).read_text("utf-8") for page in (UNDERSTAND, TRACE)}
    for each in RECORDINGS:
        text = pages[each.page]
        written = _record(root, each, text)
        lines = [f"    {line}".rstrip() for line in _cut(written.rstrip().splitlines(), each.most)]
        pages[each.page] = fill(text, each.mark, "\n".join(lines))
    return {root / page: text for page, text in pages.items()}


def _cut(lines: list[str], most: int | None) -> list[str]:
    """Keep the first lines, and show where others would follow."""
    return lines if most is None or len(lines) <= most else [*lines[:most], "…"]


def fill(text: str, name: str, content: str) -> str:
    """Put content between the two marks of a name."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, _, rest = text.partition(start)
    _, _, after = rest.partition(end)
    return f"{before}{start}\n\n{content}\n\n{end}{after}"


def read_mark(text: str, name: str) -> str:
    """Read the code between the two marks of a name."""
    _, _, rest = text.partition(f"<!-- {name} -->")
    code, _, _ = rest.partition(f"<!-- /{name} -->")
    return _CODE.sub("", code.strip("\n")) + "\n"


def _record(root: Path, recording: Recording, page: str) -> str:
    kata = Catalogue(root).find(recording.kata)
    with open_temporary_folder() as scratch:
        copy = _copy(kata, scratch)
        if recording.solved:
            shutil.copytree(copy.solution / "app", copy.exercise / "app", dirs_exist_ok=True)
        if recording.file:
            (copy.exercise / recording.file).write_text(read_mark(page, recording.file), "utf-8")
        command = [sys.executable, "-m", "dojo", recording.command, recording.kata]
        command += recording.options
        ended = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
        return ended.stdout + ended.stderr


def _copy(kata: Kata, target: Path) -> Kata:
    """Copy one kata, untouched, into a repository of its own."""
    junk = shutil.ignore_patterns("__pycache__", "*.txt")
    for folder in (kata.exercise, kata.solution, kata.grader):
        shutil.copytree(folder, target / folder.relative_to(kata.root), ignore=junk)
    (target / "noxfile.py").touch()
    return Kata(kata.id, target)
