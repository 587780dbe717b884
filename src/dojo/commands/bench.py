"""Bench: measure what was promised, and say which bounds are reached."""

import argparse
from pathlib import Path

from ..bench import cohort, engine, proof
from ..catalogue import find_root
from ..commandline import ExitCode
from ..renderers.consoles import open_console
from ..renderers.figures import render_figure

SETS = {"engine": engine.measure, "proof": proof.measure, "cohort": cohort.measure}


def execute(arguments: argparse.Namespace) -> int:
    """Measure and write the figures; a bound that is missed makes the exit code 1."""
    console = open_console()
    missed = False
    for name in arguments.sets or SETS:
        for figure in SETS[name](find_root(Path.cwd()), arguments.rounds):
            render_figure(figure, console)
            missed = missed or not figure.reached
    return ExitCode.NOT_PASSED if missed else ExitCode.PASSED
