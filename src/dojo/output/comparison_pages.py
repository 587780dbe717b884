"""Comparison pages: how a learner's files differ from those of a right answer.

In a wide terminal they stand side by side, elsewhere one below the other as a unified difference.
"""

import difflib
import itertools
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..learning.comparisons import Files, KnownAnswer
from ..learning.exercises import Exercise
from .terminal import render_sentences

WIDE = 120
"""Columns from which two files fit side by side."""

_CONTEXT = 3
_STYLES = {"---": "bold", "+++": "bold", "@@": "cyan", "-": "red", "+": "green"}


def render_comparison(
    exercise: Exercise, own: Files, answers: Sequence[KnownAnswer], console: Console
) -> None:
    """Write how the learner's files differ from those of each answer."""
    for number, answer in enumerate(answers):
        kind = "nearest to yours" if number == 0 else "farthest from yours"
        heading = f"{exercise.kata.id}: the right answer '{answer.name}', {kind}"
        console.print(Text(heading, style="bold"), soft_wrap=True)
        render_sentences([answer.why, ""], console)
        for name in sorted({*own, *answer.files}):
            before, after = own.get(name, ""), answer.files.get(name, "")
            if before != after:
                _render_file(name, before.splitlines(), after.splitlines(), answer.name, console)
    notes = exercise.write_command("notes")
    render_sentences([f"Next: {notes} says what each way is good for."], console)


def _render_file(
    name: str, before: Sequence[str], after: Sequence[str], answer: str, console: Console
) -> None:
    if console.is_terminal and console.width >= WIDE:
        console.print(_make_table(name, before, after, answer))
    else:
        lines = difflib.unified_diff(
            before, after, f"yours/{name}", f"{answer}/{name}", n=_CONTEXT, lineterm=""
        )
        for line in lines:
            style = next((_STYLES[start] for start in _STYLES if line.startswith(start)), "")
            console.print(Text(line, style=style), soft_wrap=True)
    console.print()


def _make_table(name: str, before: Sequence[str], after: Sequence[str], answer: str) -> Table:
    table = Table(box=None, expand=True, padding=(0, 1), header_style="bold")
    table.add_column(Text(f"yours/{name}"), ratio=1, overflow="fold")
    table.add_column(Text(""), width=1)
    table.add_column(Text(f"{answer}/{name}"), ratio=1, overflow="fold")
    for one, other in _list_rows(before, after):
        mark = _mark(one, other)
        styles = ("red", "green") if mark else ("", "")
        table.add_row(Text(one or "", styles[0]), Text(mark), Text(other or "", styles[1]))
    return table


def _mark(one: str | None, other: str | None) -> str:
    """Mark a pair of lines as `sdiff` does: only here, only there, or changed."""
    if one == other:
        return ""
    return "<" if other is None else ">" if one is None else "|"


def _list_rows(
    before: Sequence[str], after: Sequence[str]
) -> Iterator[tuple[str | None, str | None]]:
    """Pair the lines of two files; between groups of differences stands a row of dots."""
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(_CONTEXT)):
        if number:
            yield "⋮", "⋮"
        for _, start, end, other_start, other_end in group:
            yield from itertools.zip_longest(before[start:end], after[other_start:other_end])
