"""Example files: what a learner expects of a kata, as requests and the answers to them.

    ## 2. A refused order is not kept
    curl -i 127.0.0.1:8000/orders --json '{"item": "rims"}'

    HTTP/1.1 201 Created
    {"id": "{{order}}", "item": "rims"}

    curl -i 127.0.0.1:8000/orders/{{order}}

    HTTP/1.1 200 OK

An example begins with `##`, the number of its task and a title; both may be missing. Lines that
begin with one `#` are notes. Nothing is asked here.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from ..model.catalogue import TASK_HEADING, Kata
from ..model.errors import UsageError
from ..proof.curl_commands import ExampleUnreadable, make_request, split_command
from ..proof.examples import Example as Printed
from ..proof.examples import read_examples
from .answer_patterns import NotAPattern, Text, Values, fill_names, list_names, read_pattern

FILE_NAME = "examples.txt"
"""The file, beside `app/` and never in it: so it is no part of what is handed in or graded."""


class ExampleFileUnreadable(UsageError):
    """A file of examples that is not understood; the message names the line."""


@dataclass(frozen=True)
class Step:
    """A request, as the words of a `curl` command, and what is said of its answer.

    `pattern` has a status, headers by their lower-case name, and, if one is written, a `body`.
    """

    words: tuple[str, ...]
    pattern: dict[str, Any]

    @property
    def is_text(self) -> bool:
        """Tell whether the body is compared as text; else it is JSON."""
        return isinstance(self.pattern.get("body"), Text)

    def make_request(
        self, client: httpx.AsyncClient, values: Values, folder: Path
    ) -> httpx.Request:
        """Make the request; `KeyError` for a name that no earlier answer has given a value."""
        return make_request(client, [fill_names(word, values) for word in self.words], folder)


@dataclass(frozen=True)
class Example:
    """What a learner expects: requests in their order, and the answers; `line` is its first."""

    line: int
    task: int | None
    title: str
    steps: tuple[Step, ...]


_HEADING = re.compile(r"##+\s*(?:(?:[Tt]ask )?(\d+)\b[.:]?)?\s*(.*)")
_COMMAND = re.compile(r"(?:\$ )?(curl\s.*)")
_STATUS = re.compile(r"HTTP(?:/[\d.]+)?\s+(\d{3})\b.*")
_HEADER = re.compile(r"([\w-]+): *(\S.*)")


@dataclass(frozen=True)
class _Line:
    number: int
    text: str


def read_example_file(path: Path, folder: Path) -> list[Example]:
    """Read the examples of a file, those with requests; files of their forms lie in `folder`.

    Raises `ExampleFileUnreadable`.
    """
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise ExampleFileUnreadable(
            f"'{path.name}' is not text in UTF-8. Save it as such."
        ) from None
    except OSError as error:
        raise ExampleFileUnreadable(f"'{path.name}' cannot be read: {error.strerror}.") from None
    lines = [_Line(number, each.rstrip()) for number, each in enumerate(text.splitlines(), 1)]
    kept = [each for each in lines if not re.match(r"\s*#(?!#)", each.text)]
    examples = [_read_example(part) for part in _split(kept, _HEADING)]
    found = [each for each in examples if each.steps]
    for example in found:
        _try_requests(example, folder)
    return found


def _split(lines: Sequence[_Line], start: re.Pattern[str]) -> Iterator[list[_Line]]:
    """Split lines before each one that matches; what stands before the first is a part too."""
    part: list[_Line] = []
    for line in lines:
        if start.fullmatch(line.text) and part:
            yield part
            part = []
        part.append(line)
    if part:
        yield part


def _read_example(lines: Sequence[_Line]) -> Example:
    heading = _HEADING.fullmatch(lines[0].text)
    number, title = (heading[1], heading[2].strip()) if heading else (None, "")
    body = _join_continued(_drop_empty(lines[1:] if heading else lines))
    steps = tuple(_read_step(part) for part in _split(body, _COMMAND))
    return Example(lines[0].number, int(number) if number else None, title, steps)


def _drop_empty(lines: Sequence[_Line]) -> list[_Line]:
    """Give the lines from the first one that is not empty on."""
    return list(itertools.dropwhile(lambda line: not line.text, lines))


def _join_continued(lines: Sequence[_Line]) -> list[_Line]:
    """Join each command with the lines that its `\\` continues it with."""
    joined: list[_Line] = []
    for line in lines:
        last = joined[-1] if joined else None
        if last and last.text.endswith("\\") and _COMMAND.fullmatch(last.text):
            joined[-1] = _Line(last.number, last.text[:-1] + line.text.strip())
        else:
            joined.append(line)
    return joined


def _read_step(lines: Sequence[_Line]) -> Step:
    command, *rest = lines
    found = _COMMAND.fullmatch(command.text)
    if found is None:
        raise _refuse(command, f"'{command.text}' is no request. Begin it with `curl`.")
    try:
        words = tuple(split_command(found[1]))
    except ExampleUnreadable as error:
        raise _refuse(command, str(error)) from None
    answer = _drop_empty(rest)
    status = _STATUS.fullmatch(answer[0].text) if answer else None
    if status is None:
        problem = f"'{answer[0].text}' is no answer." if answer else "This request has no answer."
        advice = "Write a line such as `HTTP/1.1 200 OK` below the request."
        raise _refuse(answer[0] if answer else command, f"{problem} {advice}")
    return Step(words, {"status": int(status[1]), **_read_rest(answer[1:])})


def _read_rest(lines: Sequence[_Line]) -> dict[str, Any]:
    """Read headers, and below them the body."""
    headers = list(itertools.takewhile(lambda line: _HEADER.fullmatch(line.text), lines))
    found = [_HEADER.fullmatch(line.text) for line in headers]
    body = _drop_empty(lines[len(headers) :])
    pattern: dict[str, Any] = {}
    if found:
        pattern["headers"] = {each[1].lower(): each[2] for each in found if each}
    if body:
        pattern["body"] = _read_body(body)
    return pattern


def _read_body(lines: Sequence[_Line]) -> Any:
    text = "\n".join(each.text for each in lines).strip()
    try:
        return read_pattern(text)
    except NotAPattern:
        if text[0] not in "{[" or all(_is_pattern(each) for each in text.splitlines()):
            return Text(text)
        problem = f"The body that begins with '{lines[0].text[:60]}' is no JSON."
        advice = (
            "Check its quotation marks, commas and brackets. `…` stands for what you leave out."
        )
        raise _refuse(lines[0], f"{problem} {advice}") from None


def _is_pattern(text: str) -> bool:
    try:
        read_pattern(text)
    except NotAPattern:
        return False
    return True


def _refuse(line: _Line, problem: str) -> ExampleFileUnreadable:
    return ExampleFileUnreadable(f"Line {line.number} of '{FILE_NAME}': {problem}")


def _try_requests(example: Example, folder: Path) -> None:
    """Make each request once, with a value for each name that an earlier answer gives one."""
    client, values = httpx.AsyncClient(), Values()
    for step in example.steps:
        try:
            step.make_request(client, values, folder)
        except KeyError as error:
            name = f"{{{{{error.args[0]}}}}}"
            raise ExampleFileUnreadable(
                f"The example in line {example.line} of '{FILE_NAME}' uses '{name}' before it has "
                f"a value. Write '{name}' into an answer above it, where the value stands."
            ) from None
        except ExampleUnreadable as error:
            raise ExampleFileUnreadable(
                f"The example in line {example.line} of '{FILE_NAME}': {error}"
            ) from None
        values |= dict.fromkeys(list_names(step.pattern), "1")


_NUMBERED = re.compile(r"[\d{]")
_PATH = re.compile(r"(?:(?<=:8000)|(?<![\w/.:]))(/[\w{}%.~-]+(?:/[\w{}%.~-]+)*)")


def find_task(example: Example, statement: str) -> int | None:
    """Find the task of an example: the one it names, or the only one that asks for its routes.

    A task that prints an answer with the same status to the same route comes first.
    """
    if example.task is not None:
        return example.task
    _, *parts = TASK_HEADING.split(statement)
    sections = {int(number): text for number, text in zip(parts[::3], parts[2::3], strict=True)}
    wanted = [
        (_read_shape(_find_url(step.words)), step.pattern["status"]) for step in example.steps
    ]
    routes = {route for route, _ in wanted}
    printed = {each: set(map(_describe, read_examples(text))) for each, text in sections.items()}
    named = {each: set(map(_read_shape, _PATH.findall(text))) for each, text in sections.items()}
    for matching in (
        [each for each, found in printed.items() if found.intersection(wanted)],
        [each for each, found in named.items() if found & routes],
    ):
        if len(matching) == 1:
            return matching[0]
    return None


def _describe(printed: Printed) -> tuple[str, int]:
    return _read_shape(_find_url(printed.command.split())), printed.status


def _find_url(words: Sequence[str]) -> str:
    address = next((word for word in words if re.search(r":8000|://|^localhost", word)), "")
    return "/" + re.sub(r"^\W*(?:https?://)?[^/]*/?", "", address)


def _read_shape(path: str) -> str:
    """Write a path without its query, and `*` for each part of it that holds a number."""
    parts = re.split(r"[?'\"#]", path)[0].split("/")
    return "/".join("*" if _NUMBERED.search(part) or "{{" in part else part for part in parts)


_FORM = """\
# Examples of '{id}': requests, and the answers that you expect.
# `nox -s examples -- {number}` says whether they are right, and what they are worth.
#
# An example begins with '##', the number of its task and a title. Requests with `curl`
# follow, each with its answer below it. Of an answer, only what you write is compared:
# the status, the headers that you name, and the keys of the body that you name.
#
#   …            stands for anything: a value, a part of a text, elements of a list
#   {{{{order}}}}    in an answer takes the value that stands there; use it further below
#   {{{{absent}}}}   as a value: this key, or this header, must not be there
#
# A line with one '#' is a note. This file is yours: it is not graded or handed in.
"""


def write_form(kata: Kata) -> str:
    """Write the file that a learner starts with: a heading for each task, and one true example."""
    statement = (kata.description / "README.md").read_text("utf-8")
    _, *parts = TASK_HEADING.split(statement)
    written = _FORM.format(id=kata.id, number=kata.number)
    is_shown = False
    for number, title, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        written += f"\n## {number}. {title.strip()}\n"
        printed = None if is_shown else next(read_examples(text), None)
        if printed is None:
            written += "# Write a request and its answer here.\n"
        else:
            written += f"# The statement prints this one.\n{_write_printed(printed)}"
            is_shown = True
    return written


def _write_printed(printed: Printed) -> str:
    headers = "".join(f"{name}: {value}\n" for name, value in printed.headers)
    body = f"{printed.body}\n" if printed.body else ""
    return f"{printed.command}\n\nHTTP/1.1 {printed.status}\n{headers}{body}"
