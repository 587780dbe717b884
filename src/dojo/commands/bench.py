"""Bench: measure the engine beside a bare pytest and say which bounds are reached."""

import argparse
from pathlib import Path

from ..bench.figures import measure
from ..catalogue import find_root
from ..commandline import ExitCode
from ..renderers.consoles import open_console
from ..renderers.figures import render_figure


def execute(arguments: argparse.Namespace) -> int:
    """Measure and write the figures; a bound that is missed makes the exit code 1."""
    console = open_console()
    missed = False
    for figure in measure(find_root(Path.cwd()), arguments.rounds):
        render_figure(figure, console)
        missed = missed or not figure.reached
    return ExitCode.NOT_PASSED if missed else ExitCode.PASSED
