"""Refresh: write the generated parts of the repository again."""

import argparse
from pathlib import Path

from ..catalogue import find_root
from ..commandline import ExitCode
from ..generated import find_stale, generate
from ..renderers.consoles import open_console


def execute(arguments: argparse.Namespace) -> int:
    """Write every generated file that is not current, and name it."""
    del arguments
    root = find_root(Path.cwd())
    stale, wanted = find_stale(root), generate(root)
    console = open_console()
    for path in stale:
        path.write_text(wanted[path], "utf-8")
        console.print(f"Wrote '{path.relative_to(root)}'.")
    if not stale:
        console.print("Everything that is generated is current.")
    return ExitCode.PASSED
