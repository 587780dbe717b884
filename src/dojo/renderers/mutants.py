"""Mutants: a summary of each kata, the diff of every survivor, and one line for each defect."""

from rich.console import Console
from rich.text import Text

from ..mutation.trials import Judgement, Result, Trial, Verdict
from ..reports import Outcome
from .consoles import print_hanging

_UNEXPLAINED = "not explained. Kill it with a criterion or a test, or list it in 'survivors.toml'."
_WORDS = {Outcome.FAILED: "failure", Outcome.ERROR: "error"}


def render_trial(trial: Trial, console: Console, *, everything: bool) -> None:
    """Write what became of the mutants of one kata; with `everything` a line for each of them."""
    console.print(f"{trial.kata.id}: {trial.kata.file.title} (seed {trial.seed})")
    for killer in trial.count_killers():
        _render_killer(killer, console)
    _render_judgement(trial.kata.id, trial, console, everything=everything)


def render_part(name: str, judgement: Judgement, console: Console, *, everything: bool) -> None:
    """Write what became of the mutants of one part of the engine."""
    console.print(f"{name}: a part of the engine")
    _render_judgement(name, judgement, console, everything=everything)


def _render_judgement(
    name: str, judgement: Judgement, console: Console, *, everything: bool
) -> None:
    for result in judgement.results if everything else ():
        _render_result(result, console)
    for result in judgement.survivors:
        _render_survivor(result, judgement, console)
    for defect in judgement.defects:
        console.print(f"DEFECT {defect}", soft_wrap=True)
    print_hanging(Text(f"{name}: "), _summarise(judgement), console)
    console.print()


def _render_killer(killer: tuple[str, int, int], console: Console) -> None:
    name, failures, errors = killer
    counts = [_count(failures, "failure"), _count(errors, "error")]
    text = f"{name}: {' and '.join(each for each in counts if each)}"
    print_hanging(Text("  killed by "), text, console)


def _render_result(result: Result, console: Console) -> None:
    by = f"{result.criterion} ({_WORDS[result.outcome]})" if result.outcome else ""
    console.print(f"  {result.verdict:<9} {result.mutant.id} {by}".rstrip(), soft_wrap=True)


def _render_survivor(result: Result, trial: Judgement, console: Console) -> None:
    mutant = result.mutant
    console.print(f"  survived  {mutant.id}", soft_wrap=True)
    if mutant.within:
        console.print(f"    within {mutant.within}", soft_wrap=True)
    for line in mutant.diff[2:]:
        console.print(f"    {line}".rstrip(), soft_wrap=True)
    print_hanging(Text("    why: "), trial.reasons.get(mutant.id, _UNEXPLAINED), console)


def _summarise(trial: Judgement) -> str:
    counts = {
        verdict: sum(each.verdict is verdict for each in trial.results) for verdict in Verdict
    }
    listed = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    all_share, share = trial.killed_share, trial.killed_share_unexplained
    defects = _count(len(trial.defects), "defect") or "no defect"
    return (
        f"{len(trial.results)} mutants, {listed}. Noticed are {all_share:.1%} of all, "
        f"{share:.1%} of those that are not explained: {defects}."
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}" if number else ""
