"""Mutate: change solutions, or the engine, a little and see whether graders, or tests, notice."""

import argparse
import secrets
from pathlib import Path

from ..catalogue import Catalogue, find_root
from ..commandline import ExitCode
from ..mutation.parts import select_parts, try_part
from ..mutation.trials import try_mutants
from ..renderers.consoles import open_console
from ..renderers.mutants import render_part, render_trial
from ..warm.pool import Pool


def execute(arguments: argparse.Namespace) -> int:
    """Try the mutants of the named katas or parts, or of all; a defect makes the exit code 1."""
    if arguments.engine:
        return _mutate_engine(arguments)
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


def _mutate_engine(arguments: argparse.Namespace) -> int:
    root = find_root(Path.cwd())
    console = open_console()
    good = True
    for part in select_parts(root, arguments.katas):
        judgement = try_part(root, part)
        render_part(part.name, judgement, console, everything=arguments.all)
        good = good and not judgement.defects
    return ExitCode.PASSED if good else ExitCode.NOT_PASSED
