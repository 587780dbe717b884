"""Notes: the notes of a solution as plain text, with links as paths from the repository's root."""

import os
import re
from pathlib import Path

from rich.console import Console

from ..practice.desks import Desk
from .sentences import render_sentences
from .texts import render_text

# Code comes first, so that what looks like a link inside it stays as it is.
_CODE_OR_LINK = re.compile(r"`[^`]*`|\[([^\]]*)\]\(([^)\s]+)\)")
_ABSOLUTE = ("http:", "https:", "#")


def render_notes(desk: Desk, path: Path, console: Console) -> None:
    """Write the notes in the file `path` and which command comes next."""
    render_text(resolve_links(path.read_text("utf-8"), path.parent, desk.kata.root), console)
    swap = desk.write_command("swap")
    following = f"Next: {swap} puts the solution in place of your files, which are kept."
    render_sentences(["", following], console)


def resolve_links(text: str, folder: Path, root: Path) -> str:
    """Write links as words and target; relative ones, seen from `folder`, lead from `root`."""

    def resolve(match: re.Match[str]) -> str:
        words, target = match[1], match[2]
        if words is None:
            return match[0]
        if not target.startswith(_ABSOLUTE):
            target = Path(os.path.relpath(folder / target, root)).as_posix()
        return f"{words} ({target})"

    return _CODE_OR_LINK.sub(resolve, text)
