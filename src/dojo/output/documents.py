"""Documents: reports as JSON and as JUnit XML, for programs."""

import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from ..model.reports import CriterionResult, Outcome, Report, ReportList
from .terminal import list_parts


def render_json(reports: Sequence[Report]) -> str:
    """Write reports as the JSON document that `report.schema.json` describes."""
    return ReportList(reports=tuple(reports)).model_dump_json(indent=2) + "\n"


def render_junit(reports: Sequence[Report]) -> str:
    """Write reports as JUnit XML: a suite for each kata, a case for each criterion."""
    root = ElementTree.Element("testsuites")
    for report in reports:
        root.append(make_suite(report))
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document.decode() + "\n"


def write_document(text: str, target: str) -> None:
    """Write a document in UTF-8 to a file, or to standard output for `-`."""
    if target == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    else:
        Path(target).write_text(text, "utf-8")


def make_suite(report: Report) -> ElementTree.Element:
    """Make the JUnit suite of one report: a case for each criterion, one more for a fault."""
    outcomes = [each.outcome for each in report.criteria]
    counts = {
        "tests": len(outcomes),
        "failures": outcomes.count(Outcome.FAILED),
        "errors": outcomes.count(Outcome.ERROR) + (report.fault is not None),
        "skipped": outcomes.count(Outcome.BLOCKED),
    }
    attributes = {name: str(count) for name, count in counts.items()}
    suite = ElementTree.Element("testsuite", {"name": report.kata, **attributes})
    for criterion in report.criteria:
        suite.append(_make_case(report, criterion))
    if report.fault is not None:
        case = ElementTree.SubElement(suite, "testcase", classname=report.kata, name="grader")
        fault = ElementTree.SubElement(case, "error", message=report.fault.message)
        fault.text = report.fault.details
    return suite


def _make_case(report: Report, criterion: CriterionResult) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=report.kata, name=criterion.name)
    finding = criterion.finding
    if criterion.outcome is Outcome.BLOCKED:
        message = finding.seen if finding is not None else f"waits for {criterion.waits_for}"
        ElementTree.SubElement(case, "skipped", message=message)
    elif finding is not None:
        name = "failure" if criterion.outcome is Outcome.FAILED else "error"
        detail = ElementTree.SubElement(case, name, message=criterion.sentence, type=finding.kind)
        detail.text = "\n".join(f"{label}: {text}" for label, text in list_parts(finding))
    return case
