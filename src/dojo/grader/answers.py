"""Answers: the literals in a learner's file, and what the snippets they are about really do.

The learner's file is parsed, never run; what is right comes from running the given snippets.
"""

import ast
import importlib.util
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..harness.failures import Failure, GraderFault, Location, SubmissionError
from ..harness.http_client import BASE_URL, open_client
from .expectations import describe_response
from .fixtures import Hosts, Workplace

_LONGEST = 200
_MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class AnswerLiteral:
    """A statement at the top of a module by which a name gets its value.

    `value` is `None` unless the statement is a plain assignment.
    """

    file: str
    source: str
    statement: ast.stmt
    value: ast.expr | None

    @property
    def line(self) -> int:
        """The line on which the statement starts."""
        return self.statement.lineno

    @property
    def location(self) -> Location:
        """The statement, on one line."""
        return Location(self.file, self.line, code=self._show(self.statement))

    @property
    def text(self) -> str:
        """The value as it is written, on one line."""
        return self._show(self.value) if self.value is not None else ""

    def _show(self, node: ast.AST) -> str:
        text = " ".join((ast.get_source_segment(self.source, node) or "").split())
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def read_written(stage: Path, file: str) -> dict[str, list[AnswerLiteral]]:
    """Read a module of the submission; `SubmissionError` if it is missing or is no Python."""
    try:
        content = (stage / file).read_bytes()
        if len(content) > _MOST_BYTES:
            message = f"'{file}' has {len(content)} bytes, more than {_MOST_BYTES}. Shorten it."
            raise SubmissionError("import", message)
        return read_literals(importlib.util.decode_source(content), file)
    except FileNotFoundError:
        message = f"'{file}' is missing. Create it again with the names in the task."
        raise SubmissionError("import", message) from None
    except SyntaxError as error:
        code = (error.text or "").strip()[:_LONGEST]
        where = (Location(file, error.lineno, code=code),) if error.lineno else ()
        message = f"'{file}' is not valid Python: {error.msg}."
        raise SubmissionError("import", message, where=where) from None
    except (ValueError, LookupError, MemoryError, RecursionError):
        message = f"'{file}' cannot be read as Python. Save it as UTF-8, with simple values."
        raise SubmissionError("import", message) from None


def read_literals(source: str, file: str) -> dict[str, list[AnswerLiteral]]:
    """Find the literals of each name; raises what `ast.parse` raises."""
    with warnings.catch_warnings(action="ignore"):  # such as one of an invalid escape sequence
        tree = ast.parse(source)
    found: dict[str, list[AnswerLiteral]] = {}
    for statement in tree.body:
        names, value = _read_assignment(statement)
        for name in names:
            found.setdefault(name, []).append(AnswerLiteral(file, source, statement, value))
    return found


def _read_assignment(statement: ast.stmt) -> tuple[list[str], ast.expr | None]:
    """Give the names that a statement binds, and the value unless it is hidden in the statement."""
    match statement:
        case ast.Assign(targets=targets, value=value) if all(
            isinstance(target, ast.Name) for target in targets
        ):
            return [target.id for target in targets if isinstance(target, ast.Name)], value
        case ast.AnnAssign(target=ast.Name(id=name), value=value):
            return ([] if value is None else [name]), value
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name], None  # the names inside are its own
        case _:
            return list(dict.fromkeys(_list_names(statement))), None


def _list_names(statement: ast.stmt) -> Iterator[str]:
    for node in ast.walk(statement):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.alias(name=name, asname=other):
                yield other or name


ANSWERS = "app/answers.py"

_THINK = "First read these lines again. Then run the command to see what really happens."
_MOST_LOCATIONS = 3
_FORMS = {
    bool: "True or False",
    int: "a whole number",
    float: "a number with a decimal point",
    str: "a text in quotes",
    list: "a list in square brackets",
    dict: "a dictionary in curly brackets",
    tuple: "a tuple",
    set: "a set",
    bytes: "bytes",
    complex: "a complex number",
    type(None): "None",
}


@dataclass(frozen=True)
class Fault:
    """One answer that is not right: its question, and what is wrong; nothing if it is open."""

    question: Location
    name: str
    seen: str
    where: tuple[Location, ...] = ()


class Answers:
    """The learner's answers, and a host of the given files that can run the snippets."""

    def __init__(self, hosts: Hosts, stage: Path) -> None:
        self._hosts = hosts
        self._stage = stage

    async def compare(self, *snippets: str) -> None:
        """Run snippets; raise one `Failure` for all answers to them that are not what happens."""
        written = read_written(self._stage, ANSWERS)
        host = await self._hosts.open()
        faults: list[Fault] = []
        async with open_client(host) as client:
            for snippet in snippets:
                response = await client.get(f"/snippets/{snippet}")
                values = response.json() if response.is_success else None
                if not values:
                    seen = describe_response(response)
                    raise GraderFault(f"Snippet '{snippet}' cannot be run: {seen}.")
                file = f"app/snippets/{snippet}.py"
                questions = read_literals((self._stage / file).read_text("utf-8"), file)
                faults += find_faults(written, questions, values)
        if faults:
            raise describe_faults(faults)


@pytest.fixture
def answers(hosts: Hosts, workplace: Workplace) -> Answers:
    """Give the learner's answers."""
    return Answers(hosts, workplace.snapshot.folder.stage)


def find_faults(
    written: Mapping[str, Sequence[AnswerLiteral]],
    questions: Mapping[str, Sequence[AnswerLiteral]],
    values: Mapping[str, Any],
) -> Iterator[Fault]:
    """Judge the answer to each value of one snippet; right ones give nothing."""
    for name, value in values.items():
        question = questions[name][-1].location
        literals = written.get(name, ())
        seen = judge(name, literals, value)
        if seen is not None:
            where = tuple(literal.location for literal in literals[:_MOST_LOCATIONS] if seen)
            yield Fault(question, name, seen, where)


def judge(name: str, literals: Sequence[AnswerLiteral], value: Any) -> str | None:
    """Say what is wrong with an answer: `None` if it is right, an empty text if it is open."""
    if not literals:
        return f"'{ANSWERS}' does not set this name. Add `{name} = ...` with your answer."
    literal, *others = literals
    if others:
        lines = f"lines {literal.line} and {others[-1].line} of '{ANSWERS}'"
        return f"{lines} both set it. Keep one of them."
    where = f"line {literal.line} of '{ANSWERS}'"
    if literal.value is None:
        return f"{where} is not a simple assignment. Write `{name} = ` and a literal."
    try:
        predicted = ast.literal_eval(literal.value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return f"{where} is not a literal. Write the value itself, not `{literal.text}`."
    if predicted is ...:
        return ""
    if type(predicted) is not type(value):
        forms = f"{_FORMS[type(predicted)]}, but the program gives {_FORMS[type(value)]}"
        return f"you predict `{literal.text}`, {forms}."
    if not is_same(predicted, value):
        return f"you predict `{literal.text}`, but the program gives something else."
    return None


def is_same(predicted: Any, value: Any) -> bool:
    """Compare a literal, which may hold anything, with a JSON value: types count, inside too."""
    if type(predicted) is not type(value):
        return False
    if isinstance(value, list):
        return len(predicted) == len(value) and all(map(is_same, predicted, value))
    if isinstance(value, dict):
        return predicted.keys() == value.keys() and all(
            is_same(predicted[key], each) for key, each in value.items()
        )
    return bool(predicted == value)


def describe_faults(faults: Sequence[Fault]) -> Failure:
    """Make one failure of all the faults: those that were answered first."""
    answered = [fault for fault in faults if fault.seen]
    lines = [
        f"{fault.question.file}, line {fault.question.line}: {fault.question.code}\n"
        f"  {fault.name}: {fault.seen}"
        for fault in answered
    ]
    unanswered: dict[str, list[str]] = {}
    for fault in faults:
        if not fault.seen:
            unanswered.setdefault(fault.question.file, []).append(fault.name)
    lines += [f"{file}: not answered yet: {', '.join(each)}" for file, each in unanswered.items()]
    snippets = dict.fromkeys(Path(fault.question.file).stem for fault in answered)
    return Failure(
        f"each name in '{ANSWERS}' has the value that it gets at the end of its snippet",
        "\n".join(lines),
        [f"curl -i {BASE_URL}/snippets/{snippet}" for snippet in snippets],
        _THINK if answered else "",
        [location for fault in answered for location in fault.where],
    )
