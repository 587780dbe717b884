"""The command `start`: make a workspace apart from the repository, or bring it up to date."""

import argparse
import shlex
from collections.abc import Iterator
from pathlib import Path

from ..learning.workspace_folder import Changes, update
from ..model.catalogue import find_root, locate_repository
from ..model.errors import ExitCode, UsageError, explain
from ..output.terminal import open_console, render_sentences

DEFAULT = "my-katas"


def add_start_options(parser: argparse.ArgumentParser) -> None:
    """Add the folder."""
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        type=Path,
        help=f"a new folder, or a workspace; else this one, or '{DEFAULT}' beside the repository",
    )


def run_start(arguments: argparse.Namespace) -> int:
    """Make or update the workspace, and say what came and what comes next."""
    here = find_root(Path.cwd())
    repository = locate_repository(here)
    chosen = here if here != repository else repository.parent / DEFAULT
    folder = (arguments.folder or chosen).expanduser().resolve()
    try:
        changes = update(folder, repository)
    except OSError as error:
        raise UsageError(
            f"The workspace cannot be written: {explain(error)}. "
            "Name a folder in which you can write, as in `nox -s start -- FOLDER`."
        ) from error
    render_sentences([*_describe(folder, changes)], open_console())
    return ExitCode.PASSED


def _describe(folder: Path, changes: Changes) -> Iterator[str]:
    yield f"Your workspace is '{folder}'."
    if changes.added:
        yield f"Added: {_count(changes.added, 'kata')}."
    if changes.brought:
        yield f"Your work came along from the repository: {', '.join(changes.brought)}."
    yield from (f"Updated: '{each}'." for each in changes.updated)
    for each in changes.conflicting:
        yield f"Changed in the katas and by you, left as you have it: '{each}'."
    if changes.conflicting:
        number = Path(changes.conflicting[0]).parts[1].partition("_")[0]
        yield f"`nox -s reset -- {number}` brings the newer files; yours are saved first."
    if not (changes.added or changes.updated or changes.conflicting):
        yield "Nothing is new."
    if folder != Path.cwd():
        near = Path.cwd().parent == folder.parent
        yield f"Next: `cd {shlex.quote(f'../{folder.name}' if near else str(folder))}`"
    yield "`nox -s list` shows the katas there, `nox -s check -- 01` grades the first."


def _count(names: list[str], word: str) -> str:
    return f"{len(names)} {word}s" if len(names) > 3 else ", ".join(names)
