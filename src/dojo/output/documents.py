"""Documents: results for programs: as JSON, JUnit XML and CSV, and for Gradescope.

A table is safe to open in a spreadsheet. What was not graded has empty cells or no score, never a
zero.
"""

import csv
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree import ElementTree

from pydantic_core import to_json

from ..model.reports import CriterionResult, Finding, Outcome, Report, ReportList
from ..runner.cohort_records import Result, ResultStatus
from ..teaching.gradebooks import KataRows, Row, describe_problem
from .terminal import find_obstacle, list_parts, select_parts


def render_json(reports: Sequence[Report]) -> str:
    """Write reports as the JSON document that `report.schema.json` describes."""
    return ReportList(reports=tuple(reports)).model_dump_json(indent=2) + "\n"


def render_junit(reports: Sequence[Report]) -> str:
    """Write reports as JUnit XML: a suite for each kata, a case for each criterion."""
    root = ElementTree.Element("testsuites")
    for report in reports:
        root.append(_make_suite(report))
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


def _make_suite(report: Report) -> ElementTree.Element:
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


_COLUMNS = (
    "student",
    "kata",
    "status",
    "points",
    "possible points",
    "isolation mode",
    "seed",
    "grader digest",
    "problem",
    "earned points",
    "days late",
    "adjustments",
)

# Packages for this leave a full-width sign, or one after a character that a spreadsheet of another
# country takes for the end of a cell, as they are.
_FORMULA = re.compile(r"(^|[\t\r\n;,|\"'])(?=\s*[=+\-@−＝＋－＠﹦﹢﹣﹫])")


def write_gradebook(katas: Sequence[KataRows], path: Path) -> None:
    """Write all rows in UTF-8, with the mark by which Excel knows it, and lines ended by CRLF."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_MINIMAL)
        writer.writerow([*_COLUMNS, *(defuse(each) for each in _name_criteria(katas))])
        writer.writerows(_list_lines(katas))


def defuse(text: str) -> str:
    """Put an apostrophe before each sign that a spreadsheet would take for the start of a formula.

    Excel and LibreOffice then show the whole cell as text, also where they split it differently.
    """
    return _FORMULA.sub(r"\1'", text)


def _name_criteria(katas: Iterable[KataRows]) -> list[str]:
    return [
        f"{each.kata.id}: {criterion.name}" for each in katas for criterion in each.kata.criteria
    ]


def _list_lines(katas: Sequence[KataRows]) -> Iterator[list[str]]:
    before, count = 0, len(_name_criteria(katas))
    for group in katas:
        for row in group.rows:
            cells = [""] * count
            cells[before : before + len(row.earned)] = map(write_points, row.earned)
            yield [*_list_facts(group, row), *cells]
        before += len(group.kata.criteria)


def _list_facts(group: KataRows, row: Row) -> list[str]:
    return [
        defuse(row.student),
        defuse(row.kata),
        row.status,
        write_points(row.points),
        write_points(group.possible_points),
        row.isolation,
        defuse(row.seed),
        row.grader_digest,
        defuse(row.problem),
        write_points(row.mark.earned),
        f"{row.mark.days_late}",
        defuse(" ".join(f"{each.points:+g}: {each.reason}" for each in row.mark.adjustments)),
    ]


def write_points(points: float | None) -> str:
    """Write points for a cell; nothing where there are none."""
    return "" if points is None else f"{points:g}"


_UNGRADED = (ResultStatus.NOT_GRADABLE, ResultStatus.GRADER_FAULT)
_PUBLIC, _HIDDEN = "visible", "after_published"


def render_gradescope(results: Sequence[Result], public: Mapping[str, Sequence[str]]) -> str:
    """Write the results of one student, one for each kata.

    `public` names, by kata, the criteria that students see at once; the others are shown when the
    grades are published.
    """
    counts = all(each.status not in _UNGRADED for each in results)
    document: dict[str, Any] = {
        "output": "\n\n".join(map(_describe_result, results)),
        "output_format": "text",
        "visibility": _PUBLIC,
        "stdout_visibility": "hidden",
        "extra_data": {"katas": {each.kata: _list_fact_lines(each) for each in results}},
        "tests": [
            test
            for each in results
            if each.report is not None
            for test in _list_tests(each.report, public.get(each.kata, ()), counts=counts)
        ],
    }
    if counts:
        document["score"] = sum(each.points or 0.0 for each in results)
    return to_json(document, indent=2).decode() + "\n"


def _describe_result(result: Result) -> str:
    """Say what concerns a whole kata, but not how many of its criteria passed."""
    lines = [f"{result.kata}: {result.title}", describe_problem(result)]
    if result.report is not None:
        lines += [f"Note: {each}" for each in result.report.notices]
        obstacle = find_obstacle(result.report.criteria)
        if obstacle is not None:
            lines += ["Nothing could be checked.", *_write_parts(obstacle)]
    return "\n".join(filter(None, lines))


def _list_fact_lines(result: Result) -> dict[str, str]:
    facts = {"status": str(result.status)}
    if result.report is not None:
        environment = result.report.environment
        facts["seed"] = result.report.seed
        facts["isolation"] = environment.isolation
        facts["grader_digest"] = environment.grader_digest
    return facts


def _list_tests(report: Report, public: Sequence[str], *, counts: bool) -> Iterator[dict[str, Any]]:
    kata = report.kata.partition("_")[0]
    sentences = {each.name: each.sentence for each in report.criteria}
    for number, criterion in enumerate(report.criteria, 1):
        test: dict[str, Any] = {
            "name": criterion.sentence,
            "number": f"{kata}.{criterion.task}.{number}",
            "status": "passed" if criterion.outcome is Outcome.PASSED else "failed",
            "output": _describe_outcome(criterion, sentences),
            "output_format": "text",
            "visibility": _PUBLIC if criterion.name in public else _HIDDEN,
        }
        if counts:
            test |= {"score": criterion.points, "max_score": criterion.possible_points}
        yield test


def _describe_outcome(criterion: CriterionResult, sentences: Mapping[str, str]) -> str:
    lines = [] if criterion.outcome is Outcome.PASSED else [criterion.outcome.upper()]
    if criterion.outcome is Outcome.BLOCKED:
        lines.append(f"Waits for: {sentences.get(criterion.waits_for or '', '')}")
    if criterion.finding is not None:
        lines += _write_parts(criterion.finding)
    return "\n".join(lines)


def _write_parts(finding: Finding) -> list[str]:
    return [f"{label}: {text}" if label else text for label, text in select_parts(finding, "")]


_START = b'<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n'
_END = b"</testsuites>\n"


class JunitFile:
    """A file that takes one suite for each student and kata; nothing of them stays in memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, result: Result) -> None:
        """Add the suite of one result."""
        suite = _make_suite_of_problem(result)
        suite.set("name", f"{result.student}: {result.kata}")
        ElementTree.indent(suite)
        self._file.write(ElementTree.tostring(suite, encoding="utf-8") + b"\n")


@contextmanager
def open_junit(path: Path) -> Iterator[JunitFile]:
    """Open a document, which is whole as soon as it is left."""
    with path.open("wb") as file:
        file.write(_START)
        yield JunitFile(file)
        file.write(_END)


def _make_suite_of_problem(result: Result) -> ElementTree.Element:
    if result.report is not None:
        return _make_suite(result.report)
    is_missing = result.status is ResultStatus.MISSING
    counts = {"tests": 1, "failures": 0, "errors": int(not is_missing), "skipped": int(is_missing)}
    suite = ElementTree.Element("testsuite", {name: str(each) for name, each in counts.items()})
    case = ElementTree.SubElement(suite, "testcase", classname=result.kata, name="submission")
    tag = "skipped" if is_missing else "error"
    ElementTree.SubElement(case, tag, message=describe_problem(result))
    return suite
