"""Handout: write a repository for students, with the public criteria of some katas."""

import argparse
import shlex
from pathlib import Path

from ..assignments.criteria import choose_public, count_criteria
from ..assignments.handouts import make_handout
from ..catalogue import Catalogue, find_root
from ..commandline import ExitCode, UsageError
from ..renderers.consoles import open_console
from ..renderers.sentences import render_sentences
from ..submissions.file_trees import write_files


def execute(arguments: argparse.Namespace) -> int:
    """Write it into a folder that is absent or empty, and say what is public."""
    target = Path(arguments.to)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"'{target}' is there and not empty. Name another folder with `--to`.")
    root = find_root(Path.cwd())
    public = choose_public(Catalogue(root).select(arguments.katas), arguments.public)
    files = make_handout(root, arguments.name, public)
    try:
        write_files(files, target)
    except OSError as error:
        raise UsageError(
            f"The handout cannot be written to '{target}': {error.strerror}. "
            "Name another folder with `--to`."
        ) from None
    sentences = [
        f"{kata.id}: {len(names)} of {count_criteria(kata)} criteria are public: "
        f"{', '.join(names)}."
        for kata, names in public.items()
    ]
    wrote = f"Wrote '{target}', {len(files)} files, without solutions and hidden criteria."
    enter = f"Next: `cd {shlex.quote(str(target))}` and try it with `nox -s check`."
    publish = "Then `git init`, commit everything and push it."
    render_sentences([*sentences, wrote, enter, publish], open_console())
    return ExitCode.PASSED
