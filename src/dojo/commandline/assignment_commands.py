"""The commands that give something away: `handout`, `gradescope`."""

import argparse
import shlex
from pathlib import Path

from ..model.catalogue import Catalogue, find_root
from ..model.errors import ExitCode, UsageError
from ..model.file_trees import write_files
from ..output.consoles import open_console, render_sentences
from ..teaching.bundles import make_bundle
from ..teaching.handouts import make_handout
from ..teaching.public_criteria import choose_public, count_criteria


def add_public_option(parser: argparse.ArgumentParser) -> None:
    """Add the criteria that students see."""
    parser.add_argument(
        "--public",
        action="extend",
        nargs="+",
        default=[],
        metavar="CRITERION",
        help="criteria that students see, in place of those that `kata.toml` names",
    )


def add_handout_options(parser: argparse.ArgumentParser) -> None:
    """Add the katas, where the handout goes and what it is called."""
    parser.description = (
        "Write a repository for students: no solution, and of the criteria only some."
    )
    parser.add_argument("katas", nargs="+", metavar="KATA", help="id, number or name")
    parser.add_argument("--to", metavar="FOLDER", required=True, help="absent or empty")
    parser.add_argument("--name", default="FastAPI katas", help="its title: the course, say")
    add_public_option(parser)


def run_handout(arguments: argparse.Namespace) -> int:
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


def add_gradescope_options(parser: argparse.ArgumentParser) -> None:
    """Add the katas and where the archive goes."""
    parser.add_argument("katas", nargs="+", metavar="KATA", help="id, number or name")
    parser.add_argument("--to", metavar="FILE", default="autograder.zip")
    add_public_option(parser)


def run_gradescope(arguments: argparse.Namespace) -> int:
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
