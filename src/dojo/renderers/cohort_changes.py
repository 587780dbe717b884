"""What changes when a cohort is graded again: who, by how much, and why."""

from collections.abc import Iterable, Sequence

from rich.console import Console

from ..cohort.comparisons import Change, Difference
from ..cohort.results import Result
from ..reports import Outcome
from .sentences import render_sentences


def render_changes(
    differences: Sequence[Difference], changes: Iterable[Change], console: Console, *, full: bool
) -> None:
    """Write how the runs differ and each result that changed; `full` names the criteria too."""
    found = ", ".join(map(_show_difference, differences)) or "nothing that is recorded"
    render_sentences(["", f"Different from the earlier run: {found}."], console)
    count = 0
    for change in changes:
        count += 1
        render_sentences([_describe(change)], console)
        for name, before, after in change.list_criteria() if full else ():
            console.print(f"  {name}: {_say(before)} -> {_say(after)}", soft_wrap=True)
    results = {0: "No result changes", 1: "1 result changes"}.get(count, f"{count} results change")
    render_sentences([f"{results}."], console)


def _describe(change: Change) -> str:
    points = "" if change.points is None else f" ({change.points:+g})"
    verdicts = f"{_show_result(change.before)} -> {_show_result(change.after)}{points}"
    return f"{change.student}, {change.kata}: {verdicts}. {_explain(change)}"


def _explain(change: Change) -> str:
    if change.before is None:
        return "Not in the earlier run."
    if change.after is None:
        return "Not in this run."
    if change.reasons:
        return f"Explained by: {', '.join(each.what for each in change.reasons)}."
    return (
        "Nothing that is recorded explains it, so the grader may waver. Run"
        f" `dojo verify {change.kata} --repeat 50 --stress`."
    )


def _show_result(result: Result | None) -> str:
    if result is None:
        return "none"
    words = result.status.value.replace("_", " ")
    return words if result.points is None else f"{words}, {result.points:g} points"


def _show_difference(difference: Difference) -> str:
    return f"{difference.what} ('{difference.before}' became '{difference.after}')"


def _say(outcome: Outcome | None) -> str:
    return "none" if outcome is None else outcome.value
