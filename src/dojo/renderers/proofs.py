"""Proofs: the matrix submissions × criteria, and one line for each defect."""

from rich.console import Console

from ..proof.verdict_cache import VerdictCache
from ..proof.verification import Proof
from ..reports import Outcome
from .sentences import render_sentences

_LETTERS = {
    Outcome.PASSED: ".",
    Outcome.FAILED: "F",
    Outcome.ERROR: "E",
    Outcome.BLOCKED: "b",
}
_NAME_WIDTH = 46


def render_proof(proof: Proof, console: Console) -> None:
    """Write what was found about one kata."""
    console.print(f"{proof.kata.id}: {proof.kata.file.title}")
    reports = list(proof.reports.items())
    criteria = reports[0][1].criteria if reports else ()
    for number, criterion in enumerate(criteria, 1):
        console.print(f"  {number}  {criterion.name}")
    numbers = "".join(f"{number:>3}" for number in range(1, len(criteria) + 1))
    console.print(f"{'':<{_NAME_WIDTH}}{numbers}")
    for case, report in reports:
        letters = "".join(f"{_LETTERS[each.outcome]:>3}" for each in report.criteria)
        console.print(f"{f'{case.kind:<9} {case.name}':<{_NAME_WIDTH}}{letters}")
    for defect in proof.defects:
        console.print(f"DEFECT {defect}", soft_wrap=True)
    console.print(_summarise(proof))
    console.print()


def render_legend(console: Console) -> None:
    """Say what the letters of the matrix mean."""
    console.print("In the matrix: . passed, F failed, E error, b blocked.")


def render_cache(cache: VerdictCache, console: Console) -> None:
    """Say how much was known before, and whether it still holds."""
    if cache.is_refuted:
        sentences = [
            "A verdict that was known came out differently, so all known verdicts are forgotten. "
            "Run `nox -s verify` to grade everything again."
        ]
    elif cache.known:
        sentences = [
            f"{len(cache.known)} verdicts were known from an earlier run; graded again: "
            f"{len(cache.drawn)}, drawn with seed {cache.seed}. "
            "`--no-cache` grades all of them."
        ]
    else:
        sentences = []
    render_sentences(sentences, console)


def _summarise(proof: Proof) -> str:
    count = len(proof.defects)
    defects = {0: "no defect", 1: "1 defect"}.get(count, f"{count} defects")
    return f"{proof.kata.id}: {len(proof.reports)} submissions, {defects}."
