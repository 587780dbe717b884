"""Author's pages: figures, mutants that survive, proofs and their defects, known answers."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from ..model.catalogue import Kata
from ..model.reports import Outcome
from ..proof.cases import (
    Case,
    ExpectFile,
    describe_finding,
    read_sentences,
)
from ..proof.equivalents import EquivalenceTrial, Refusal
from ..proof.measurement import Figure
from ..proof.mutation_trials import Judgement, Result, Trial, Verdict
from ..proof.verdict_cache import VerdictCache
from ..proof.verification import Proof
from .answer_differences import compare
from .terminal import print_hanging, render_sentences


def render_figure(figure: Figure, console: Console) -> None:
    """Write one figure as soon as it is measured."""
    bound = f"at most {figure.most:g}" if figure.most is not None else f"at least {figure.least}"
    verdict = "reached" if figure.reached else "MISSED"
    console.print(f"{figure.name}: {figure.value:.2f} {figure.unit} ({bound}: {verdict})")
    if figure.detail:
        console.print(f"    {figure.detail}")


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
    print_hanging(Text(f"{name}: "), _summarise_trial(judgement), console)
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


def _summarise_trial(trial: Judgement) -> str:
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
    console.print(_summarise_proof(proof))
    console.print()


def render_legend(console: Console) -> None:
    """Say what the letters of the matrix mean."""
    console.print("In the matrix: . passed, F failed, E error, b blocked.")


def render_cache(cache: VerdictCache, console: Console) -> None:
    """Say how much was known before, and whether it still holds."""
    if cache.is_refuted:
        sentences = [
            "A known verdict was different this time, so all known verdicts were deleted. "
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


def _summarise_proof(proof: Proof) -> str:
    count = len(proof.defects)
    defects = {0: "no defect", 1: "1 defect"}.get(count, f"{count} defects")
    return f"{proof.kata.id}: {len(proof.reports)} submissions, {defects}."


def render_equivalence_trial(trial: EquivalenceTrial, console: Console) -> None:
    """Write how many equivalents of one kata pass, and all about each that does not."""
    console.print(f"{trial.kata.id}: {trial.kata.file.title} (seed {trial.seed})")
    width = max(map(len, trial.made), default=0)
    for name, count in trial.made.items():
        console.print(f"  {name:<{width}}  {trial.passed[name]:>3} of {count:>3} pass")
    for refusal in trial.refusals:
        _render_refusal(refusal, console)
    defects = _count(len(trial.refusals), "defect") or "no defect"
    made, passed = trial.made.total(), trial.passed.total()
    console.print(f"{trial.kata.id}: {made} equivalents, {passed} pass, {defects}.")
    console.print()


def _render_refusal(refusal: Refusal, console: Console) -> None:
    console.print(f"DEFECT {refusal.equivalent.name}: {_blame(refusal)}", soft_wrap=True)
    for criterion in refusal.criteria[: 1 if refusal.is_broken else None]:
        text = f"{criterion.sentence}{describe_finding(criterion)}"
        print_hanging(Text(f"  {criterion.name} is {criterion.outcome}: "), text, console)
    if refusal.fault:
        print_hanging(Text("  "), refusal.fault, console)
    for line in refusal.equivalent.diff:
        _render_line(line, console, indent="    ")


def _blame(refusal: Refusal) -> str:
    """Say where to look first: what made it, the grader, or either."""
    if refusal.unchanged_too:
        return "The grader is wrong: the answer without the change does not pass either."
    if refusal.is_broken:
        return "It cannot be imported: the transformation is wrong, or the isolation."
    return "The grader is wrong, unless a client can see the change below."


_STYLES = {"---": "bold", "+++": "bold", "@": "cyan", "-": "red", "+": "green"}


def render_answers(kata: Kata, cases: Sequence[Case], console: Console) -> None:
    """Write a line for each known answer of a kata: what it is, its name and the reason."""
    width = max((len(case.name) for case in cases), default=0)
    for case in cases:
        line = Text(f"{case.kind:<8}  {case.name:<{width}}  {_explain(case)}")
        line.truncate(console.width, overflow="ellipsis")
        console.print(line, soft_wrap=True)
    render_sentences(["", _describe_next(kata, cases)], console)


def render_answer(case: Case, console: Console) -> None:
    """Write why a known answer is wrong or right, what it fails, and how its files differ."""
    console.print(Text(f"{case.kata.id}, {case.kind} answer '{case.name}'", style="bold"))
    render_sentences([_explain(case)], console)
    if isinstance(case.expected, ExpectFile):
        _render_criteria(case.kata, case.expected, console)
    console.print()
    for line in compare(case):
        _render_line(line, console)
    command = f"`nox -s check -- {case.kata.number} --case {case.name}`"
    render_sentences(["", f"Next: {command} grades it."], console)


def _render_line(line: str, console: Console, indent: str = "") -> None:
    """Write a line of a difference."""
    style = next((_STYLES[start] for start in _STYLES if line.startswith(start)), "")
    console.print(Text(f"{indent}{line}", style=style), soft_wrap=True)


def _explain(case: Case) -> str:
    return case.expected.why if isinstance(case.expected, ExpectFile) else case.expected or ""


def _describe_next(kata: Kata, cases: Sequence[Case]) -> str:
    if not cases:
        return f"Kata '{kata.id}' has no known answers. 'docs/authoring.md' says how to add one."
    example = f"`nox -s show -- {kata.number} {cases[0].name}`"
    return f"Next: {example} shows how one of them differs from the solution."


def _render_criteria(kata: Kata, expected: ExpectFile, console: Console) -> None:
    sentences = read_sentences(kata)
    listed = (("It fails:", expected.fails), ("It ends in an error:", expected.errors))
    for heading, names in listed:
        if names:
            console.print(f"\n{heading}")
        for name in names:
            print_hanging(Text("- "), f"{name}: {sentences.get(name, 'unknown')}", console)
    if not (expected.fails or expected.errors):
        console.print("\nIt passes every criterion.")
