"""Answers: what a learner predicts of snippets, compared with what they do when they are run.

The learner's module is parsed and never run; the real values come from a host, and no message
tells them. Which snippets belong to a criterion is up to the grader.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..wall.failures import Failure, GraderFault, Place
from ..wall.transport import BASE_URL, open_client
from .bindings import Binding, read_bindings, read_written
from .descriptions import describe_response
from .expectations import same_json
from .fixtures import Hosts, Setting

ANSWERS = "app/answers.py"

_THINK = "Read these lines once more first. The command then shows what really happens."
_MOST_PLACES = 3
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

    question: Place
    name: str
    seen: str
    where: tuple[Place, ...] = ()


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
                questions = read_bindings((self._stage / file).read_text("utf-8"), file)
                faults += find_faults(written, questions, values)
        if faults:
            raise describe_faults(faults)


@pytest.fixture
def answers(hosts: Hosts, setting: Setting) -> Answers:
    """Give the learner's answers."""
    return Answers(hosts, setting.base.folder.stage)


def find_faults(
    written: Mapping[str, Sequence[Binding]],
    questions: Mapping[str, Sequence[Binding]],
    values: Mapping[str, Any],
) -> Iterator[Fault]:
    """Judge the answer to each value of one snippet; right ones give nothing."""
    for name, value in values.items():
        question = questions[name][-1].place
        bindings = written.get(name, ())
        seen = judge(name, bindings, value)
        if seen is not None:
            where = tuple(binding.place for binding in bindings[:_MOST_PLACES] if seen)
            yield Fault(question, name, seen, where)


def judge(name: str, bindings: Sequence[Binding], value: Any) -> str | None:
    """Say what is wrong with an answer: `None` if it is right, an empty text if it is open."""
    if not bindings:
        return f"'{ANSWERS}' has no such name. Add `{name} = ...` and answer it."
    binding, *others = bindings
    if others:
        lines = f"lines {binding.line} and {others[-1].line} of '{ANSWERS}'"
        return f"{lines} both give it a value. Keep one."
    where = f"line {binding.line} of '{ANSWERS}'"
    if binding.value is None:
        return f"{where} is no plain assignment. Write `{name} = ` and a literal."
    try:
        literal = ast.literal_eval(binding.value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return f"{where} would have to be run, and only literals count: `{binding.text}`."
    if literal is ...:
        return ""
    if type(literal) is not type(value):
        forms = f"{_FORMS[type(literal)]}, but the program gives {_FORMS[type(value)]}"
        return f"you predict `{binding.text}`, {forms}."
    if not same_json(literal, value):
        return f"you predict `{binding.text}`, but the program gives something else."
    return None


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
        f"each name in '{ANSWERS}' is given the value that it has at the end of its snippet",
        "\n".join(lines),
        [f"curl -i {BASE_URL}/snippets/{snippet}" for snippet in snippets],
        _THINK if answered else "",
        [place for fault in answered for place in fault.where],
    )
