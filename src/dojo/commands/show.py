"""Show: print known answers, wrong and right ones, beside the solution."""

import argparse
import difflib
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ..catalogue import Catalogue, Kata, find_root
from ..commandline import ExitCode, UsageError
from ..proof.cases import Case, list_cases
from ..renderers.consoles import open_console
from ..renderers.differences import render_answer, render_answers


def execute(arguments: argparse.Namespace) -> int:
    """Show one known answer of a kata, or list them all."""
    kata = Catalogue(find_root(Path.cwd())).find(arguments.kata)
    with tempfile.TemporaryDirectory(prefix="dojo-") as scratch:
        cases = list_cases(kata, Path(scratch))
        answers = {case.name: case for case in cases if case.kind in ("wrong", "accepted")}
        if arguments.name is None:
            render_answers(kata, list(answers.values()), open_console())
        else:
            render_answer(_find(kata, answers, arguments.name), open_console())
    return ExitCode.PASSED


def _find(kata: Kata, answers: Mapping[str, Case], name: str) -> Case:
    if name not in answers:
        near = difflib.get_close_matches(name, answers, n=3)
        listed = " or ".join(f"'{each}'" for each in near)
        suggested = f"Did you mean {listed}? " if near else ""
        raise UsageError(
            f"Kata '{kata.id}' has no known answer '{name}'. {suggested}"
            f"Run `nox -s show -- {kata.number}` to see them all."
        )
    if answers[name].misfit:
        raise UsageError(f"'{name}' cannot be made: {answers[name].misfit}")
    return answers[name]
