"""Findings: what a report says of the criteria, in parts, the same for every way to write it."""

from collections.abc import Sequence

from ..reports import CriterionResult, Finding, Line, Outcome, Report

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
        parts.insert(0, ("", f"({left_out} earlier requests are left out.)"))
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
