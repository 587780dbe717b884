"""The summary of a check of several katas: a line for each, the first failure, a total."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from ..model.reports import Outcome, Report, Status
from .standpoints import Standpoint
from .terminal import find_obstacle, print_hanging, render_report

_ID_WIDTH = 28
_WORDS = {
    Status.PASSED: "passed",
    Status.PUBLIC_PASSED: "public passed",
    Status.NOT_PASSED: "not passed",
    Status.GRADER_FAULT: "grader fault",
}


def render_line(report: Report, console: Console) -> None:
    """Write one line about a report."""
    passed, count = _count(report), len(report.criteria)
    result = f"{passed} of {count}" if count else ""
    if find_obstacle(report.criteria) is not None:
        result = "nothing could be checked"
    line = f"{report.kata:<{_ID_WIDTH}}  {_WORDS[report.status]:<13}  {result}".rstrip()
    console.print(line, soft_wrap=True)


def render_total(graded: Sequence[tuple[Report, Standpoint]], console: Console) -> None:
    """Write the first criterion that is not passed, or the first fault, and then the total."""
    console.print()
    reports = [report for report, _ in graded]
    bad = [each for each in graded if each[0].status in (Status.NOT_PASSED, Status.GRADER_FAULT)]
    for report, standpoint in bad[:1]:
        print_hanging(Text(), "The first failure:", console)
        render_report(report, console, "first", standpoint)
        console.print()
    good, katas = len(reports) - len(bad), len(reports)
    criteria = sum(len(report.criteria) for report in reports)
    is_public = any(report.hidden is not None for report in reports)
    passed = sum(map(_count, reports))
    katas_passed = f"{good} of {katas} katas passed"
    total = f"{katas_passed}, {passed} of {criteria} criteria."
    if is_public:
        total = f"{katas_passed} their public criteria, {passed} of {criteria}."
    print_hanging(Text("Total: ", style="bold"), total, console)


def _count(report: Report) -> int:
    return sum(each.outcome is Outcome.PASSED for each in report.criteria)
