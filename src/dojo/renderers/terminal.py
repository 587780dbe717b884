"""The terminal: a report in words, readable without colour, in a pipe and read aloud."""

from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from ..reports import CriterionResult, Finding, Line, Outcome, Report, Status
from .consoles import print_hanging

_STYLES = {
    Outcome.PASSED: "green",
    Outcome.FAILED: "bold red",
    Outcome.ERROR: "bold magenta",
    Outcome.BLOCKED: "yellow",
}
_INDENT = 9
_LABEL = 10
_MOST_STEPS = 8


def render_report(report: Report, console: Console, show: str = "all") -> None:
    """Write one report; `show` is `all`, `failed` (criteria not passed) or `first` (of these)."""
    console.print(Text(f"{report.kata}: {report.title}", style="bold"))
    for notice in report.notices:
        console.print(f"Note: {notice}", markup=False)
    if report.fault is not None:
        _render_fault(report, console)
        return
    console.print()
    previous: Finding | None = None
    for criterion in _select(report, show):
        _render_criterion(criterion, previous, console)
        previous = criterion.finding or previous
    console.print()
    _render_summary(report, console)


def _select(report: Report, show: str) -> Iterable[CriterionResult]:
    if show == "all":
        return report.criteria
    wanted = [each for each in report.criteria if each.outcome is not Outcome.PASSED]
    return wanted[:1] if show == "first" else wanted


def _render_criterion(
    criterion: CriterionResult, previous: Finding | None, console: Console
) -> None:
    label = Text(f"{criterion.outcome.upper():<{_INDENT}}", style=_STYLES[criterion.outcome])
    task = "" if criterion.outcome is Outcome.PASSED else f" (task {criterion.task})"
    print_hanging(label, f"{criterion.sentence}{task}", console)
    if criterion.outcome is Outcome.BLOCKED:
        _print_indented(f"It can be asked once '{criterion.waits_for}' has passed.", console)
    finding = criterion.finding
    if finding is None:
        return
    if previous is not None and _is_same(finding, previous):
        _print_indented("For the same reason as the one before.", console)
        return
    _render_finding(finding, console)


def _is_same(one: Finding, other: Finding) -> bool:
    return one.kind == other.kind == "import" and one.seen == other.seen


def _render_finding(finding: Finding, console: Console) -> None:
    steps = finding.did[-_MOST_STEPS:]
    for number, step in enumerate(steps):
        left_out = len(finding.did) - len(steps)
        if number == 0 and left_out:
            _print_indented(f"({left_out} earlier requests are left out.)", console)
        label = f"{'Did' if number == 0 else '':<{_LABEL}}"
        console.print(" " * _INDENT + label + step, markup=False, soft_wrap=True)
    for name, text in (
        ("Expected", finding.expected),
        ("Seen", finding.seen),
        ("Because", finding.because),
        ("Where", "\n".join(map(describe_line, finding.where))),
        ("Output", finding.output.strip()),
    ):
        if text:
            print_hanging(Text(f"{'':<{_INDENT}}{name:<{_LABEL}}"), text, console)


def describe_line(line: Line) -> str:
    """Write a place in the submission, with its code where known."""
    function = f", in {line.function}" if line.function else ""
    code = f": {line.code}" if line.code else ""
    return f"{line.file}, line {line.line}{function}{code}"


def _render_fault(report: Report, console: Console) -> None:
    assert report.fault is not None
    console.print(Text("GRADER FAULT", style="bold red"), report.fault.message)
    console.print(report.fault.details, markup=False, highlight=False, soft_wrap=True)
    console.print(f"Seed {report.seed}, dojo {report.environment.dojo}.")


def _render_summary(report: Report, console: Console) -> None:
    passed = sum(each.outcome is Outcome.PASSED for each in report.criteria)
    points = f"{report.points:g} of {report.possible_points:g} points"
    console.print(f"{passed} of {len(report.criteria)} criteria passed, {points}.")
    number = report.kata.partition("_")[0]
    if report.status is Status.PASSED:
        console.print(f"Next: `nox -s notes -- {number}` explains the solution.", markup=False)
    else:
        console.print(f"Next: `nox -s hint -- {number}` gives a hint.", markup=False)
    console.print(f"Repeat exactly this run with `--seed {report.seed}`.", markup=False)


def _print_indented(text: str, console: Console) -> None:
    console.print(Padding(Text(text), (0, 0, 0, _INDENT)))
