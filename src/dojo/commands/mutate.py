"""Mutate: change the solutions of katas a little and see whether their graders notice."""

import argparse
import secrets
from pathlib import Path

from ..catalogue import Catalogue, find_root
from ..commandline import ExitCode
from ..mutation.trials import try_mutants
from ..renderers.consoles import open_console
from ..renderers.mutants import render_trial
from ..warm.pool import Pool


def execute(arguments: argparse.Namespace) -> int:
    """Try the mutants of the named katas, or of all; a defect makes the exit code 1."""
    katas = Catalogue(find_root(Path.cwd())).select(arguments.katas)
    seed = arguments.seed or secrets.token_hex(4)
    console = open_console()
    good = True
    with Pool(arguments.jobs) as pool:
        for kata in katas:
            trial = try_mutants(kata, pool, seed)
            render_trial(trial, console, everything=arguments.all)
            good = good and not trial.defects
    return ExitCode.PASSED if good else ExitCode.NOT_PASSED
