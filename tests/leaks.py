"""Leaks: what a report shows of the grader: paths of this machine, source lines, secret answers.

What README and stub say is no secret, and neither are docstrings: they are written for learners.
"""

import ast
import io
import itertools
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from pydantic import BaseModel

from dojo.model.catalogue import Kata
from dojo.model.reports import CriterionResult, Report
from dojo.output.documents import render_junit
from dojo.output.terminal import open_console, render_report

EXPECTATIONS = {"header", "json", "json_at", "text", "without"}
"""Expectations whose arguments are answers."""

SHORTEST_LINE = 25
SHORTEST_ANSWER = 4
_REPOSITORY = Path(__file__).parents[1]
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class Secrets:
    """What must not be in a report of one kata."""

    paths: tuple[str, ...]
    lines: tuple[str, ...]
    answers: tuple[str, ...]

    def find(self, report: Report) -> list[str]:
        """Give the secrets that a report shows, in whichever form."""
        text = _flatten("\n".join(_read_everything(report)))
        shown = [each for each in (*self.paths, *self.lines) if _flatten(each) in text]
        told = _flatten("\n".join(_list_texts(_leave_out_own(report))))
        return shown + [each for each in self.answers if _is_told(each, told)]


def read_secrets(kata: Kata) -> Secrets:
    """Collect the secrets of a kata: what its grader says, and neither its README nor its stub."""
    given = [kata.exercise / "README.md", *sorted((kata.exercise / "app").rglob("*.py"))]
    public = "\n".join(path.read_text("utf-8") for path in given if path.is_file())
    sources = [path.read_text("utf-8") for path in sorted(kata.grader.glob("test_*.py"))]
    roots = dict.fromkeys((str(kata.root), str(_REPOSITORY)))
    answers = {answer for source in sources for answer in _list_answers(source)}
    return Secrets(
        paths=(*roots, f"graders/{kata.id}", f"{tempfile.gettempdir()}/dojo-"),
        lines=tuple(line for source in sources for line in _list_lines(source)),
        answers=tuple(sorted(answer for answer in answers if answer not in public)),
    )


def _list_lines(source: str) -> Iterator[str]:
    """Give the telling lines of a grader, comments included."""
    docstrings: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and ast.get_docstring(node):
            docstrings |= {*range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)}
    for number, line in enumerate(source.splitlines(), 1):
        if number not in docstrings and len(line.strip()) >= SHORTEST_LINE:
            yield line.strip()


def _list_answers(source: str) -> Iterator[str]:
    """Give the constants that a grader compares with."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in EXPECTATIONS:
                if _is_expectation(value):
                    keywords = [each.value for each in node.keywords if each.arg == "equals"]
                    yield from _list_constants((*node.args, *keywords))


def _is_expectation(node: ast.expr) -> bool:
    """Tell whether a chain of calls begins with `expect(…)`."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return isinstance(node, ast.Name) and node.id == "expect"


def _list_constants(nodes: Iterable[ast.expr]) -> Iterator[str]:
    for each in itertools.chain(*map(ast.walk, nodes)):
        if isinstance(each, ast.Constant) and type(each.value) in (str, int, float):
            text = str(each.value).strip()
            if len(text) >= SHORTEST_ANSWER:
                yield text


def _is_told(answer: str, text: str) -> bool:
    """Look for an answer; for a mere word, which may be there by chance, only among values."""
    if _WORD.fullmatch(answer):
        return re.search(rf"[\"'.]{answer}[\"'.\[:]", text) is not None
    return _flatten(answer) in text


def _read_everything(report: Report) -> Iterator[str]:
    terminal = io.StringIO()
    render_report(report, open_console(terminal))
    yield terminal.getvalue()
    for element in ElementTree.fromstring(render_junit([report])).iter():
        yield from (*element.attrib.values(), element.text or "")
    yield from _list_texts(report)


def _leave_out_own(report: Report) -> list[CriterionResult]:
    """Give the criteria without what the submission itself said, which is no secret to it."""
    own = {"seen": "", "output": "", "where": ()}
    return [
        each.model_copy(update={"finding": each.finding and each.finding.model_copy(update=own)})
        for each in report.criteria
    ]


def _list_texts(value: object) -> Iterator[str]:
    """Give all texts of a report, as its JSON document holds them."""
    match value:
        case str():
            yield value
        case BaseModel():
            yield from _list_texts(list(value.model_dump().values()))
        case dict():
            yield from _list_texts(list(value.values()))
        case list() | tuple():
            yield from itertools.chain(*map(_list_texts, value))


def _flatten(text: str) -> str:
    """Write a text on one line: where it is broken does not matter."""
    return " ".join(text.split())
