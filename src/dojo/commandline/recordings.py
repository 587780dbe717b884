"""Recordings: what commands write, for the pages that show it.

A page holds the call and, between marks, what came of it. Each is called as people call it, in a
copy of the katas it needs, with a file of the learner's that the page shows as well.
"""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ..harness.temporary_folders import open_temporary_folder
from ..model.catalogue import Catalogue, Kata

PAGE = Path("docs/understand.md")
_CODE = re.compile(r"^ {4}|^$", re.MULTILINE)


@dataclass(frozen=True)
class Recording:
    """A command about a kata, and the learner's `file` that it reads: the name of its mark."""

    mark: str
    command: str
    kata: str
    file: str = ""


RECORDINGS = (
    Recording("examples", "examples", "04", "examples.txt"),
    Recording("arrange", "arrange", "01"),
)


def record_page(root: Path) -> dict[Path, str]:
    """Give the page with the recordings as they should be."""
    path = root / PAGE
    text = path.read_text("utf-8")
    for each in RECORDINGS:
        written = _record(root, each, text)
        lines = [f"    {line}".rstrip() for line in written.rstrip().splitlines()]
        text = fill(text, each.mark, "\n".join(lines))
    return {path: text}


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
        if recording.file:
            (copy.exercise / recording.file).write_text(read_mark(page, recording.file), "utf-8")
        command = [sys.executable, "-m", "dojo", recording.command, recording.kata]
        ended = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
        return ended.stdout + ended.stderr


def _copy(kata: Kata, target: Path) -> Kata:
    """Copy one kata, untouched, into a repository of its own."""
    junk = shutil.ignore_patterns("__pycache__", "*.txt")
    for folder in (kata.exercise, kata.solution, kata.grader):
        shutil.copytree(folder, target / folder.relative_to(kata.root), ignore=junk)
    (target / "noxfile.py").touch()
    return Kata(kata.id, target)
