"""New: write the first files of a kata."""

import argparse
from pathlib import Path

from ..authoring.skeletons import make_kata
from ..catalogue import find_root
from ..commandline import ExitCode
from ..renderers.consoles import open_console


def execute(arguments: argparse.Namespace) -> int:
    """Write a skeleton and say what comes next."""
    root = find_root(Path.cwd())
    written = make_kata(root, arguments.id)
    console = open_console()
    for path in written:
        console.print(f"Wrote '{path.relative_to(root)}'.")
    console.print(
        f"Run `nox -s verify -- {arguments.id}` to see what is to be done. "
        "'docs/authoring.md' says how."
    )
    return ExitCode.PASSED
