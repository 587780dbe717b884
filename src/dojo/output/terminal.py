"""The terminal: where people read: a report, and the parts that every way to write one shares.

It has 80 columns in a pipe, no highlighting and no markup. Markdown becomes plain text that keeps
its backticks, which say without colour what is code.
"""

import io
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from rich.console import Console
from rich.text import Text

from ..model.reports import CriterionResult, Finding, Line, Outcome, Report, Status
from .standpoints import Standpoint

_PIPE_WIDTH = 80


def open_console(stream: TextIO | None = None) -> Console:
    """Make a console for a stream, standard output unless another is given."""
    stream = stream or sys.stdout
    if isinstance(stream, io.TextIOWrapper):  # an old code page must not end a run
        stream.reconfigure(errors="backslashreplace")
    width = None if stream.isatty() else _PIPE_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


_CODE = re.compile(r"`[^`\n]+`")
_TIED = "\ue000"
"""Stands for a space at which no line ends; texts of reports hold no such character."""


def print_hanging(label: Text, text: str, console: Console) -> None:
    """Write a label and beside it a text that is wrapped to the width that is left.

    Code in backticks stays on one line, if it fits on a line: a command is there to be pasted.
    """
    width = max(console.width - len(label), 20)
    tied = _CODE.sub(lambda found: _tie(found[0], width), text)
    for number, line in enumerate(Text(tied, overflow="fold").wrap(console, width)):
        start = label if number == 0 else Text(" " * len(label))
        console.print(start + line.plain.rstrip().replace(_TIED, " "), soft_wrap=True)


def _tie(code: str, width: int) -> str:
    return code.replace(" ", _TIED) if len(code) < width else code


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


def list_parts(finding: Finding, locate: Callable[[str], str] = str) -> list[tuple[str, str]]:
    """Give the label and the text of each part that is there; `locate` writes a file's path."""
    first, later = VERBATIM
    parts = [
        *((later if number else first, step) for number, step in enumerate(finding.did)),
        ("Expected", finding.expected),
        ("Seen", finding.seen),
        ("Because", finding.because),
        ("Where", "\n".join(describe_line(each, locate) for each in finding.where)),
        ("Output", finding.output.strip("\n")),
    ]
    return [(label, text) for label, text in parts if text]


def describe_line(line: Line, locate: Callable[[str], str] = str) -> str:
    """Write a place in the submission as editors open it, with its code below where known."""
    is_named = line.function not in ("", "<module>") and f"def {line.function}(" not in line.code
    function = f", in {line.function}" if is_named else ""
    code = f"\n    {line.code}" if line.code else ""
    return f"{locate(line.file)}:{line.line}{function}{code}"


def select_parts(
    finding: Finding, previous_output: str, locate: Callable[[str], str] = str
) -> list[tuple[str, str]]:
    """Give the parts that a person is shown: the latest requests, and how the output ends.

    Output that is the same as that of the finding before is not repeated. A part without a label
    says what is left out.
    """
    left_out = max(len(finding.did) - _MOST_STEPS, 0)
    parts = list_parts(finding, locate)[left_out:]
    if left_out:
        requests = "1 earlier request is" if left_out == 1 else f"{left_out} earlier requests are"
        parts.insert(0, ("", f"({requests} not shown.)"))
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
    return "\n".join(["(only the last lines)", *lines[-_MOST_OUTPUT_LINES:]])


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
        return "there are no other criteria"
    return f"{count} more {'is' if count == 1 else 'are'} graded by your instructor"


_STYLES = {
    Outcome.PASSED: "green",
    Outcome.FAILED: "bold red",
    Outcome.ERROR: "bold magenta",
    Outcome.BLOCKED: "yellow",
}
_INDENT = 9
_LABEL = 10


def render_report(
    report: Report, console: Console, show: str = "all", standpoint: Standpoint | None = None
) -> None:
    """Write one report; `show` is `all`, `failed` (criteria not passed) or `first` (of these)."""
    standpoint = standpoint or Standpoint()
    console.print(Text(f"{report.kata}: {report.title}", style="bold"))
    for notice in report.notices:
        print_hanging(Text("Note: "), notice, console)
    if report.fault is not None:
        _render_fault(report, standpoint, console)
        return
    obstacle = find_obstacle(report.criteria)
    if obstacle is not None:
        _render_obstacle(obstacle, standpoint, console)
    criteria = select_criteria(report, show)
    _Criteria(report, standpoint, console).render(criteria, is_brief=obstacle is not None)
    console.print()
    _render_summary(report, obstacle, standpoint, console)


def select_criteria(report: Report, show: str) -> Sequence[CriterionResult]:
    """Choose the criteria to show, in the order of their tasks."""
    by_task = sorted(report.criteria, key=lambda each: each.task)
    if show == "all":
        return by_task
    wanted = [each for each in by_task if each.outcome is not Outcome.PASSED]
    return report.list_open()[:1] if show == "first" else wanted


@dataclass(frozen=True)
class _Criteria:
    """Writes criteria below their tasks; brief ones without what was found."""

    report: Report
    standpoint: Standpoint
    console: Console

    def render(self, criteria: Iterable[CriterionResult], *, is_brief: bool) -> None:
        task, output = 0, ""
        for criterion in criteria:
            if criterion.task != task:
                title = f": {criterion.task_title}" if criterion.task_title else ""
                self.console.print(Text(f"\nTask {criterion.task}{title}", style="bold"))
            task = criterion.task
            print_hanging(label_outcome(criterion.outcome), criterion.sentence, self.console)
            if not is_brief:
                output = self._render_finding(criterion, output)

    def _render_finding(self, criterion: CriterionResult, previous_output: str) -> str:
        """Write why a criterion did not pass; give the output that was shown last."""
        finding = criterion.finding
        if finding is None:
            if criterion.outcome is Outcome.BLOCKED:
                print_part("Waits for", self._find_sentence(criterion.waits_for), self.console)
            return previous_output
        for label, text in select_parts(finding, previous_output, self.standpoint.locate):
            print_part(label, text, self.console)
        return finding.output

    def _find_sentence(self, name: str | None) -> str:
        return next((each.sentence for each in self.report.criteria if each.name == name), "")


def label_outcome(outcome: Outcome) -> Text:
    """Give the word for an outcome, as wide as every other one."""
    return Text(f"{outcome.upper():<{_INDENT}}", style=_STYLES[outcome])


def _render_obstacle(obstacle: Finding, standpoint: Standpoint, console: Console) -> None:
    console.print()
    print_hanging(label_outcome(Outcome.ERROR), "Nothing could be checked.", console)
    for label, text in list_parts(obstacle, standpoint.locate):
        print_part("Reason" if label == "Seen" else label, text, console)


def print_part(label: str, text: str, console: Console) -> None:
    """Write one part of a finding below its criterion."""
    start = Text(f"{'':<{_INDENT}}{label:<{_LABEL}}")
    if label in VERBATIM:
        console.print(start + text, soft_wrap=True)
    elif label == "Where":
        print_cropped(start, text, console)
    else:
        print_hanging(start, text, console)


def print_cropped(label: Text, text: str, console: Console) -> None:
    """Write places in full, and lines of code cut where they do not fit: the file holds them."""
    for number, code in enumerate(text.splitlines()):
        line = (label if number == 0 else Text(" " * len(label))) + code
        if code.startswith(" "):
            line.truncate(console.width, overflow="ellipsis")
        console.print(line, soft_wrap=True)


def _render_fault(report: Report, standpoint: Standpoint, console: Console) -> None:
    assert report.fault is not None
    console.print()
    print_hanging(Text("GRADER FAULT ", style="bold red"), report.fault.message, console)
    if standpoint.fault:
        print_hanging(Text(" " * len("GRADER FAULT ")), standpoint.fault, console)
    console.print()
    console.print(f"To repeat this run: {standpoint.write_check(report, repeated=True)}")


def _render_summary(
    report: Report, obstacle: Finding | None, standpoint: Standpoint, console: Console
) -> None:
    print_hanging(Text(""), summarise(report), console)
    for sentence in _suggest(report, obstacle, standpoint):
        print_hanging(Text(""), sentence, console)
    console.print(describe_isolation(report.environment.isolation))
    repeated = standpoint.write_check(report, repeated=True)
    print_hanging(Text(""), f"To repeat this run: {repeated}", console)
    _suggest_trace(report, obstacle, standpoint, console)


def _suggest_trace(
    report: Report, obstacle: Finding | None, standpoint: Standpoint, console: Console
) -> None:
    """Write the command that draws the first criterion that failed, if anything was asked."""
    not_passed = select_criteria(report, "failed")
    failed = [each for each in not_passed if each.outcome is not Outcome.BLOCKED]
    if standpoint.trace is None or obstacle is not None or not failed:
        return
    words = ["nox", "-s", "trace", "--", report.kata.partition("_")[0]]
    command = shlex.join([*words, "--criterion", failed[0].name, *standpoint.trace])
    console.print("To see what happened, moment by moment:")
    console.print(f"`{command}`", soft_wrap=True)


def describe_isolation(mode: str) -> str:
    """Say how the app was isolated."""
    caution = ". Check only code that you trust" if mode == "basic" else ""
    return f"The app ran in isolation '{mode}'{caution}."


def _suggest(report: Report, obstacle: Finding | None, standpoint: Standpoint) -> Iterable[str]:
    """Say what to do next, one command a line."""
    number = report.kata.partition("_")[0]
    if report.server:
        yield f"Next: {standpoint.write_check(report)} checks every criterion, for the grade."
        return
    if report.status is Status.PASSED:
        notes = f"`nox -s notes -- {number}` explains the solution."
        yield f"Next: {standpoint.following or notes}"
        return
    if report.status is Status.PUBLIC_PASSED:
        yield (
            "Next: read the tasks again, because your instructor checks more than this. "
            "Then hand in your work."
        )
        return
    serve = f"`nox -s serve -- {number}`" if standpoint.is_own else ""
    if obstacle is not None:
        places = [f"{standpoint.locate(each.file)}:{each.line}" for each in obstacle.where]
        yield f"Next: fix {places[0] if places else 'this error'}, then check again."
        yield from [f"To see the whole traceback: {serve}"] if serve and places else []
        return
    tasks = [each.task for each in report.list_open()[:1]]
    task = f" --task {tasks[0]}" if tasks else ""
    yield f"Next: `nox -s hint -- {number}{task}` gives a hint."
    yield from [f"To try the curl commands yourself: {serve}"] if serve else []
