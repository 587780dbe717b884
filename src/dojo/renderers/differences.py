"""Differences: known answers beside the solution, with the reason and the criteria they fail."""

import difflib
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from ..catalogue import Kata
from ..proof.cases import Case, read_app, read_reference
from ..proof.expected import ExpectFile, read_sentences
from .consoles import print_hanging
from .sentences import render_sentences

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
    for line in _compare(case):
        style = next((_STYLES[start] for start in _STYLES if line.startswith(start)), "")
        console.print(Text(line, style=style), soft_wrap=True)
    command = f"`nox -s check -- {case.kata.number} --case {case.name}`"
    render_sentences(["", f"Next: {command} grades it."], console)


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


def _compare(case: Case) -> Iterator[str]:
    """Give the lines of a unified difference, file by file."""
    before, after = read_reference(case.kata), read_app(case.source)
    for name in sorted(after):
        yield from difflib.unified_diff(
            before.get(name, "").splitlines(),
            after[name].splitlines(),
            f"solution/{name}",
            f"{case.name}/{name}",
            lineterm="",
        )
