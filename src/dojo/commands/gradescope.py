"""Gradescope: write the autograder of an assignment for that platform."""

import argparse
from pathlib import Path

from ..assignments.bundles import make_bundle
from ..assignments.criteria import choose_public
from ..catalogue import Catalogue, find_root
from ..commandline import ExitCode, UsageError
from ..renderers.consoles import open_console
from ..renderers.sentences import render_sentences


def execute(arguments: argparse.Namespace) -> int:
    """Write the archive; one that is there already is replaced."""
    target = Path(arguments.to)
    root = find_root(Path.cwd())
    katas = Catalogue(root).select(arguments.katas)
    named = choose_public(katas, arguments.public) if arguments.public else {}
    bundle = make_bundle(root, named or {kata: kata.file.public for kata in katas})
    try:
        target.write_bytes(bundle)
    except OSError as error:
        raise UsageError(
            f"The archive cannot be written to '{target}': {error.strerror}. "
            "Name a file in a folder that exists with `--to`."
        ) from None
    names = ", ".join(kata.id for kata in katas)
    sentences = [
        f"Wrote '{target}', the autograder for {names}.",
        "Next: upload it to a programming assignment on Gradescope, under 'Configure Autograder'.",
    ]
    render_sentences(sentences, open_console())
    return ExitCode.PASSED
