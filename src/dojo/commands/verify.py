"""Verify: prove the graders of katas with submissions whose verdicts are known."""

import argparse
import os
from dataclasses import replace
from pathlib import Path

from ..catalogue import Catalogue, find_root
from ..commandline import ExitCode
from ..proof.verdict_cache import VerdictCache
from ..proof.verification import Plan, verify
from ..renderers.consoles import open_console
from ..renderers.proofs import render_cache, render_legend, render_proof
from ..sandbox import Mode, choose_mode


def execute(arguments: argparse.Namespace) -> int:
    """Verify the named katas, or all; a single defect makes the exit code 1."""
    root = find_root(Path.cwd())
    katas = Catalogue(root).select(arguments.katas)
    console = open_console()
    render_legend(console)
    mode = choose_mode(Mode(arguments.isolation))
    stress = int(arguments.stress)
    cache = None if stress else _open_cache(root, mode, arguments)
    plan = Plan(repeat=arguments.repeat, stress=stress, mode=mode, cache=cache)
    if arguments.jobs:
        plan = replace(plan, jobs=arguments.jobs)
    proofs = verify(katas, plan, lambda proof: render_proof(proof, console))
    if cache is not None:
        render_cache(cache, console)
    return ExitCode.NOT_PASSED if any(proof.defects for proof in proofs) else ExitCode.PASSED


def _open_cache(root: Path, mode: Mode, arguments: argparse.Namespace) -> VerdictCache | None:
    """Open the cache, unless everything is to be graded; in CI it always is."""
    everything = arguments.no_cache or arguments.repeat > 1
    if everything or os.environ.get("CI"):
        return None
    return VerdictCache(root, mode)
