"""JUnit XML of a whole cohort, written student by student; one report is for `documents`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree

from ..cohort.results import Result, ResultStatus
from ..cohort.rows import describe_problem
from .documents import make_suite

_START = b'<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n'
_END = b"</testsuites>\n"


class JunitFile:
    """A file that takes one suite for each student and kata; nothing of them stays in memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, result: Result) -> None:
        """Add the suite of one result."""
        suite = _make_suite(result)
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


def _make_suite(result: Result) -> ElementTree.Element:
    if result.report is not None:
        return make_suite(result.report)
    is_missing = result.status is ResultStatus.MISSING
    counts = {"tests": 1, "failures": 0, "errors": int(not is_missing), "skipped": int(is_missing)}
    suite = ElementTree.Element("testsuite", {name: str(each) for name, each in counts.items()})
    case = ElementTree.SubElement(suite, "testcase", classname=result.kata, name="submission")
    tag = "skipped" if is_missing else "error"
    ElementTree.SubElement(case, tag, message=describe_problem(result))
    return suite
