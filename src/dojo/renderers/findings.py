"""Findings: the parts of a finding in reading order, the same for every way to write a report."""

from ..reports import Finding, Line

VERBATIM = ("Did", "Then")
"""Labels of parts that can be pasted into a shell and so must not be wrapped."""


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
