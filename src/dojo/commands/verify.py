"""Verify: prove the graders of katas with submissions whose verdicts are known."""

import argparse
from dataclasses import replace
from pathlib import Path

from ..catalogue import Catalogue, find_root
from ..commandline import ExitCode
from ..proof.verification import Plan, verify
from ..renderers.consoles import open_console
from ..renderers.proofs import render_legend, render_proof
from ..sandbox import Mode, choose_mode


def execute(arguments: argparse.Namespace) -> int:
    """Verify the named katas, or all; a single defect makes the exit code 1."""
    katas = Catalogue(find_root(Path.cwd())).select(arguments.katas)
    console = open_console()
    render_legend(console)
    mode = choose_mode(Mode(arguments.isolation))
    plan = Plan(repeat=arguments.repeat, stress=int(arguments.stress), mode=mode)
    if arguments.jobs:
        plan = replace(plan, jobs=arguments.jobs)
    proofs = verify(katas, plan, lambda proof: render_proof(proof, console))
    return ExitCode.NOT_PASSED if any(proof.defects for proof in proofs) else ExitCode.PASSED
