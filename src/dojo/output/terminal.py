"""The terminal: where people read: a report, and the parts that every way to write one shares.

It has 80 columns in a pipe, no highlighting and no markup. Markdown becomes plain text that keeps
its backticks, which say without colour what is code.
"""

import io
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from rich.console import Console
from rich.text import Text

from ..model.reports import CriterionResult, Finding, Line, Outcome, Report, Status

_PIPE_WIDTH = 80


def open_console(stream: TextIO | None = None) -> Console:
    """Make a console for a stream, standard output unless another is given."""
    stream = stream or sys.stdout
    if isinstance(stream, io.TextIOWrapper):  # an old code page must not end a run
        stream.reconfigure(errors="backslashreplace")
    width = None if stream.isatty() else _PIPE_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def print_hanging(label: Text, text: str, console: Console) -> None:
    """Write a label and beside it a text that is wrapped to the width that is left."""
    width = max(console.width - len(label), 20)
    lines = Text(text, overflow="fold").wrap(console, width)
    for number, line in enumerate(lines):
        start = label if number == 0 else Text(" " * len(label))
        line.rstrip()
        console.print(start + line, soft_wrap=True)


def render_sentences(sentences: Iterable[str], console: Console) -> None:
    """Write one sentence a line."""
    for sentence in sentences:
        print_hanging(Text(), sentence, console)


_ITEM = re.compile(r"( *(?:[-*+]|\d+[.)]|>) +)(.*)")
_FENCE = "```"
_VERBATIM = ("#", "|")


@dataclass
class _Block:
    """A paragraph or list item, which is wrapped, or one line that is left as it is."""

    label: str = ""
    lines: list[str] = field(default_factory=list)
    verbatim: bool = False


def render_text(text: str, console: Console) -> None:
    """Write a Markdown text."""
    for block in _split_blocks(text):
        if not block.verbatim:
            print_hanging(Text(block.label), " ".join(block.lines), console)
        elif block.lines[0].startswith("#"):
            console.print(Text(block.lines[0], style="bold"))
        else:
            console.print(block.lines[0], soft_wrap=True)


def _split_blocks(text: str) -> Iterator[_Block]:
    block: _Block | None = None
    fenced = False
    for line in text.splitlines():
        fence = line.lstrip().startswith(_FENCE)
        indented = block is None and line.startswith("    ")
        label = _ITEM.fullmatch(line)
        if fenced or fence or indented or not line.strip() or line.startswith(_VERBATIM):
            if block is not None:
                yield block
            block = None
            yield _Block(lines=[line], verbatim=True)
        elif label is not None or block is None:
            if block is not None:
                yield block
            block = _Block(*_start(label, line))
        else:
            block.lines.append(line.strip())
        fenced ^= fence
    if block is not None:
        yield block


def _start(label: re.Match[str] | None, line: str) -> tuple[str, list[str]]:
    return (label[1], [label[2].strip()]) if label else ("", [line.strip()])


VERBATIM = ("Did", "Then")
"""Labels of parts that can be pasted into a shell and so must not be wrapped."""

_MOST_STEPS = 8
_MOST_OUTPUT_LINES = 10


def list_parts(finding: Finding) -> list[tuple[str, str]]:
    """Give the label and the text of each part that is there."""
    first, later = VERBATIM
    parts = [
        *((later if number else first, step) for number, step in enumerate(finding.did)),
        ("Expected", finding.expected),
        ("Seen", finding.seen),
        ("Because", finding.because),
        ("Where", "\n".join(map(describe_line, finding.where))),
        ("Output", finding.output.strip("\n")),
    ]
    return [(label, text) for label, text in parts if text]


def describe_line(line: Line) -> str:
    """Write a place in the submission, with its code below where that is known."""
    is_named = line.function not in ("", "<module>") and f"def {line.function}(" not in line.code
    function = f", in {line.function}" if is_named else ""
    code = f"\n    {line.code}" if line.code else ""
    return f"{line.file}, line {line.line}{function}{code}"


def select_parts(finding: Finding, previous_output: str) -> list[tuple[str, str]]:
    """Give the parts that a person is shown: the latest requests, and how the output ends.

    Output that is the same as that of the finding before is not repeated. A part without a label
    says what is left out.
    """
    left_out = max(len(finding.did) - _MOST_STEPS, 0)
    parts = list_parts(finding)[left_out:]
    if left_out:
        requests = "1 earlier request is" if left_out == 1 else f"{left_out} earlier requests are"
        parts.insert(0, ("", f"({requests} left out.)"))
    is_same = finding.output == previous_output
    return [
        (
            label,
            ("(the same as above)" if is_same else _shorten(text)) if label == "Output" else text,
        )
        for label, text in parts
    ]


def _shorten(output: str) -> str:
    lines = output.splitlines()
    if len(lines) <= _MOST_OUTPUT_LINES:
        return output
    return "\n".join(["(only the end)", *lines[-_MOST_OUTPUT_LINES:]])


def find_obstacle(criteria: Sequence[CriterionResult]) -> Finding | None:
    """Give the one reason for which no criterion could be checked, if there is such a reason."""
    open_criteria = [each for each in criteria if each.outcome is not Outcome.BLOCKED]
    findings = [each.finding for each in open_criteria if each.outcome is Outcome.ERROR]
    if not findings or len(findings) < len(open_criteria):
        return None
    first = findings[0]
    return first if all(_is_obstacle(each, first) for each in findings) else None


def _is_obstacle(finding: Finding | None, first: Finding | None) -> bool:
    """Tell whether a finding is the first one again, and nothing had been asked of the app."""
    return (
        finding is not None
        and first is not None
        and not finding.did
        and (finding.kind, finding.seen, finding.where) == (first.kind, first.seen, first.where)
    )


def summarise(report: Report) -> str:
    """Say in a sentence how many criteria passed, and the points where these differ."""
    passed = sum(each.outcome is Outcome.PASSED for each in report.criteria)
    count = len(report.criteria)
    if report.server:
        checked = sum(each.outcome is not Outcome.BLOCKED for each in report.criteria)
        return f"{checked} of {count} criteria were checked over uvicorn: {passed} passed."
    points = f", {report.points:g} of {report.possible_points:g} points"
    weighed = points if report.possible_points != count else ""
    if report.hidden is None:
        return f"{passed} of {count} criteria passed{weighed}."
    public = f"{passed} of {count} public criteria passed{weighed}"
    return f"{public}; {_describe_hidden(report.hidden)}."


def _describe_hidden(count: int) -> str:
    if count == 0:
        return "there are no others"
    return f"{count} more {'is' if count == 1 else 'are'} graded by your instructor"


_STYLES = {
    Outcome.PASSED: "green",
    Outcome.FAILED: "bold red",
    Outcome.ERROR: "bold magenta",
    Outcome.BLOCKED: "yellow",
}
_INDENT = 9
_LABEL = 10


def render_report(report: Report, console: Console, show: str = "all") -> None:
    """Write one report; `show` is `all`, `failed` (criteria not passed) or `first` (of these)."""
    console.print(Text(f"{report.kata}: {report.title}", style="bold"))
    for notice in report.notices:
        print_hanging(Text("Note: "), notice, console)
    if report.fault is not None:
        _render_fault(report, console)
        return
    obstacle = find_obstacle(report.criteria)
    if obstacle is not None:
        _render_obstacle(obstacle, console)
    _render_criteria(report, _select(report, show), obstacle, console)
    console.print()
    _render_summary(report, obstacle, console)


def _select(report: Report, show: str) -> Sequence[CriterionResult]:
    """Choose the criteria to show, in the order of their tasks."""
    by_task = sorted(report.criteria, key=lambda each: each.task)
    if show == "all":
        return by_task
    wanted = [each for each in by_task if each.outcome is not Outcome.PASSED]
    return wanted[:1] if show == "first" else wanted


def _render_criteria(
    report: Report,
    criteria: Iterable[CriterionResult],
    obstacle: Finding | None,
    console: Console,
) -> None:
    sentences = {each.name: each.sentence for each in report.criteria}
    task, output = 0, ""
    for criterion in criteria:
        if criterion.task != task:
            title = f": {criterion.task_title}" if criterion.task_title else ""
            console.print(Text(f"\nTask {criterion.task}{title}", style="bold"))
        task = criterion.task
        print_hanging(_label_outcome(criterion.outcome), criterion.sentence, console)
        if obstacle is not None:
            continue
        if criterion.outcome is Outcome.BLOCKED and criterion.finding is None:
            _print_part("Waits for", sentences.get(criterion.waits_for or "", ""), console)
        if criterion.finding is not None:
            _render_finding(criterion.finding, output, console)
            output = criterion.finding.output


def _label_outcome(outcome: Outcome) -> Text:
    return Text(f"{outcome.upper():<{_INDENT}}", style=_STYLES[outcome])


def _render_obstacle(obstacle: Finding, console: Console) -> None:
    console.print()
    print_hanging(_label_outcome(Outcome.ERROR), "Nothing could be checked.", console)
    for label, text in list_parts(obstacle):
        _print_part("Reason" if label == "Seen" else label, text, console)


def _render_finding(finding: Finding, previous_output: str, console: Console) -> None:
    for label, text in select_parts(finding, previous_output):
        _print_part(label, text, console)


def _print_part(label: str, text: str, console: Console) -> None:
    start = Text(f"{'':<{_INDENT}}{label:<{_LABEL}}")
    if label in VERBATIM:
        console.print(start + text, soft_wrap=True)
    elif label == "Where":
        _print_cropped(start, text, console)
    else:
        print_hanging(start, text, console)


def _print_cropped(label: Text, text: str, console: Console) -> None:
    """Write lines of code, each cut where it would not fit: the file holds it in full."""
    for number, code in enumerate(text.splitlines()):
        line = (label if number == 0 else Text(" " * len(label))) + code
        line.truncate(console.width, overflow="ellipsis")
        console.print(line, soft_wrap=True)


def _render_fault(report: Report, console: Console) -> None:
    assert report.fault is not None
    console.print()
    print_hanging(Text("GRADER FAULT ", style="bold red"), report.fault.message, console)
    console.print()
    console.print(report.fault.details, soft_wrap=True)
    console.print(f"Seed {report.seed}, dojo {report.environment.dojo}.")


def _render_summary(report: Report, obstacle: Finding | None, console: Console) -> None:
    print_hanging(Text(""), summarise(report), console)
    for sentence in _suggest(report, obstacle):
        console.print(sentence)
    console.print(describe_isolation(report.environment.isolation))
    console.print(f"Repeat exactly this run with `--seed {shlex.quote(report.seed)}`.")


def describe_isolation(mode: str) -> str:
    """Say how the app was isolated."""
    caution = ": check only code that you trust" if mode == "basic" else ""
    return f"The app ran in isolation '{mode}'{caution}."


def _suggest(report: Report, obstacle: Finding | None) -> Iterable[str]:
    """Say what to do next, one command a line."""
    number = report.kata.partition("_")[0]
    if report.server:
        yield f"Next: `nox -s check -- {number}` checks every criterion, for the grade."
        return
    if report.status is Status.PASSED:
        yield f"Next: `nox -s notes -- {number}` explains the solution."
        return
    if report.status is Status.PUBLIC_PASSED:
        yield "Next: read the task again for what is not checked here, then hand it in."
        return
    serve = f"`nox -s serve -- {number}`"
    if obstacle is not None:
        places = [f"{each.file}, line {each.line}" for each in obstacle.where]
        yield f"Next: fix {places[0] if places else 'that'}, then check again."
        yield f"To see it happen, with the whole traceback: {serve}"
        return
    tasks = [each.task for each in _select(report, "first")]
    task = f" --task {tasks[0]}" if tasks else ""
    yield f"Next: `nox -s hint -- {number}{task}` gives a hint."
    yield f"To try the curl commands yourself: {serve}"
