"""Arrangements: lines of a solution and of its known wrong answers, to be put in order.

All text comes from files that are there. Chosen are consecutive statements at the top of one module
that many wrong answers change; the rest of the module stays as it is. Nothing is graded here.
"""

import ast
import difflib
import io
import random
import re
import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..model.catalogue import Kata
from ..model.edits import apply_edits
from ..model.errors import UsageError
from ..proof.cases import WrongEntry, read_reference, read_wrong_file

FILE_NAME = "arrange.txt"
"""The file with the lines, beside `app/` and never in it."""

FEWEST_LINES, MOST_LINES = 5, 20
_MOST_DISTRACTORS = 6
_SEPARATOR = "-" * 4
_OTHER_LINE = re.compile(r" on line \d+")
"""Python counts lines of the module, which the learner does not see."""


class NoArrangement(UsageError):
    """A kata that has no lines to arrange, or a file of them that cannot be read."""


@dataclass(frozen=True)
class Arrangement:
    """The lines of one module of the solution that are to be put in order.

    `distractors` belong to wrong answers only; `above` and `below` are the rest of the module.
    """

    kata: Kata
    module: str
    above: tuple[str, ...]
    lines: tuple[str, ...]
    below: tuple[str, ...]
    distractors: tuple[str, ...]

    def shuffle(self) -> list[str]:
        """Give all lines in an order that is always the same."""
        mixed = [*self.lines, *self.distractors]
        random.Random(self.kata.id).shuffle(mixed)
        return mixed

    def assemble(self, lines: Sequence[str]) -> str:
        """Put lines where those of the solution stand; give the whole module."""
        return "\n".join([*self.above, *lines, *self.below]) + "\n"

    def find_error(self, lines: Sequence[str]) -> tuple[int, str] | None:
        """Find the first line at which Python cannot go on: its index, and Python's words for it.

        It says nothing about the solution: other orders than that may be right as well.
        """
        try:
            ast.parse(self.assemble(lines))
        except SyntaxError as error:
            index = (error.lineno or 1) - 1 - len(self.above)
            reason = _OTHER_LINE.sub("", error.msg)
            return min(max(index, 0), len(lines) - 1), reason
        return None


def make_arrangement(kata: Kata) -> Arrangement:
    """Choose the lines of a kata; raises `NoArrangement` for one that is not meant for it."""
    check = f"`nox -s check -- {kata.number}`"
    if kata.file.kind != "app" or kata.file.level == "senior":
        what = "of level 'senior'" if kata.file.kind == "app" else f"of kind '{kata.file.kind}'"
        raise NoArrangement(
            f"'{kata.id}' is {what}: there are no lines to arrange. Run {check} to grade your work."
        )
    reference = read_reference(kata)
    entries = read_wrong_file(kata)
    found = [
        each
        for name in kata.file.editable
        if name in reference
        for each in _list_spans(name, reference[name], entries)
    ]
    best = max(found, key=lambda each: (len(each.changed), -len(each.lines)), default=None)
    if best is None:
        raise NoArrangement(
            f"The solution of '{kata.id}' has no part that could be arranged. Run {check} instead."
        )
    lines = reference[best.module].splitlines()
    distractors = _choose_distractors(kata, reference[best.module], best)
    above, below = lines[: best.start], lines[best.end :]
    return Arrangement(kata, best.module, tuple(above), best.lines, tuple(below), distractors)


@dataclass(frozen=True)
class _Span:
    """Consecutive statements of a module: lines `start` to `end`, and who changes them."""

    module: str
    start: int
    end: int
    lines: tuple[str, ...]
    changed: tuple[WrongEntry, ...]


def _list_spans(module: str, text: str, entries: Sequence[WrongEntry]) -> Iterator[_Span]:
    """Give all spans of a module that are neither too short nor too long."""
    statements = [each for each in ast.parse(text).body if not _is_preface(each)]
    kept = _list_code(text)
    lines = text.splitlines()
    for first in range(len(statements)):
        for last in range(first, len(statements)):
            start, end = _find_start(statements[first]), statements[last].end_lineno or 0
            own = tuple(lines[number] for number in range(start, end) if number in kept)
            if len(own) > MOST_LINES:
                break
            if len(own) >= FEWEST_LINES:
                changed = [each for each in entries if _is_within(each, module, text, start, end)]
                yield _Span(module, start, end, own, tuple(changed))


def _is_preface(statement: ast.stmt) -> bool:
    """Tell whether a statement is an import or a text."""
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return is_text or isinstance(statement, ast.Import | ast.ImportFrom)


def _find_start(statement: ast.stmt) -> int:
    """Give the index of a statement's first line, decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)]) - 1


def _list_code(text: str) -> set[int]:
    """Give the indexes of the lines that are code: no empty line, comment or docstring."""
    left_out: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        body = getattr(node, "body", [])
        if isinstance(body, list) and len(body) > 1 and _is_docstring(body[0]):
            left_out |= set(range(body[0].lineno - 1, body[0].end_lineno))
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and token.line.strip() == token.string:
            left_out.add(token.start[0] - 1)
    return {
        number
        for number, line in enumerate(text.splitlines())
        if line.strip() and number not in left_out
    }


def _is_docstring(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    return False


def _is_within(entry: WrongEntry, module: str, text: str, start: int, end: int) -> bool:
    """Tell whether all that a wrong answer changes stands in lines `start` to `end`."""
    for edit in entry.edits:
        place = text.find(edit.old) if edit.file == module else -1
        if place < 0:
            return False
        stripped = edit.old.strip("\n")
        place += edit.old.index(stripped)
        first = text.count("\n", 0, place)
        if first < start or first + stripped.count("\n") >= end:
            return False
    return True


def _choose_distractors(kata: Kata, text: str, span: _Span) -> tuple[str, ...]:
    """Choose lines of wrong answers: first of those that change a single line."""
    known = {line.strip() for line in text.splitlines()}
    added = [_list_added(text, entry, span.module) for entry in span.changed]
    single = [lines[0] for lines in added if len(lines) == 1]
    others = [line for lines in added if len(lines) > 1 for line in lines]
    random.Random(kata.id).shuffle(single)
    found: dict[str, str] = {}
    for line in (*single, *others):
        if line.strip() not in known and len(found) < _MOST_DISTRACTORS:
            found.setdefault(line.strip(), line)
    return tuple(found.values())


def _list_added(text: str, entry: WrongEntry, module: str) -> list[str]:
    """Give the lines of code that a wrong answer has and the solution has not."""
    changed = apply_edits({module: text}, entry.edits)[module]
    lines = difflib.ndiff(text.splitlines(), changed.splitlines())
    added = [line[2:].rstrip() for line in lines if line.startswith("+ ")]
    return [line for line in added if line.strip() and not line.strip().startswith(("#", '"""'))]


_FORM = """\
# Put the lines below in order: they make a part of '{module}' of '{id}'.
# All else of the app is there already, imports included.
#
# Move lines above the dashes. Some belong to wrong answers: leave these below.
# Keep the spaces at the start of each line. Then run `nox -s arrange -- {number}`.

{separator}

{lines}
"""


def write_form(arrangement: Arrangement) -> str:
    """Write the file that a learner starts with: all lines below the dashes."""
    return _FORM.format(
        module=arrangement.module,
        id=arrangement.kata.id,
        number=arrangement.kata.number,
        separator=_SEPARATOR * 10,
        lines="\n".join(arrangement.shuffle()),
    )


@dataclass(frozen=True)
class Placed:
    """A line as the learner has placed it; `number` is its line in the file."""

    number: int
    text: str


def read_order(path: Path, arrangement: Arrangement) -> list[Placed]:
    """Read the lines above the dashes; raises `NoArrangement` if lines were added or are lost."""
    try:
        text = path.read_text("utf-8-sig")
    except (UnicodeDecodeError, OSError):
        raise NoArrangement(f"'{path.name}' cannot be read as text in UTF-8. {_RENEW}") from None
    lines = [Placed(number, each.rstrip()) for number, each in enumerate(text.splitlines(), 1)]
    marks = [each.number for each in lines if each.text.startswith(_SEPARATOR)]
    if len(marks) != 1:
        raise NoArrangement(f"'{path.name}' needs one line of dashes, '{_SEPARATOR}'. {_RENEW}")
    placed = [each for each in lines if each.text and not each.text.startswith(("#", _SEPARATOR))]
    _refuse_others(path.name, placed, arrangement)
    return [each for each in placed if each.number < marks[0]]


_RENEW = "To get all lines again, delete the file and run the command."


def _refuse_others(name: str, placed: Sequence[Placed], arrangement: Arrangement) -> None:
    """Refuse a line that was not given, or not so often, and one that is lost."""
    left = Counter([*arrangement.lines, *arrangement.distractors])
    for line in placed:
        left[line.text] -= 1
        if left[line.text] < 0:
            raise NoArrangement(
                f"Line {line.number} of '{name}' was not given, or not so often: "
                f"'{line.text}'. Move lines as they are, with the spaces before them. {_RENEW}"
            )
    if lost := +left:
        raise NoArrangement(
            f"'{name}' lacks the line '{next(iter(lost))}'. Put it back, above the dashes or below."
        )
