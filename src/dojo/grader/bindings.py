"""Bindings: where the names at the top of a module get their values, read without running it.

It judges nothing: what is a right value, and what is none, is up to its callers.
"""

import ast
import importlib.util
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..wall.failures import Place, SubmissionError

_LONGEST = 200
_MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Binding:
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
    def place(self) -> Place:
        """The statement, on one line."""
        return Place(self.file, self.line, code=self._show(self.statement))

    @property
    def text(self) -> str:
        """The value as it is written, on one line."""
        return self._show(self.value) if self.value is not None else ""

    def _show(self, node: ast.AST) -> str:
        text = " ".join((ast.get_source_segment(self.source, node) or "").split())
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def read_written(stage: Path, file: str) -> dict[str, list[Binding]]:
    """Read a module of the submission; `SubmissionError` if it is missing or is no Python."""
    try:
        content = (stage / file).read_bytes()
        if len(content) > _MOST_BYTES:
            message = f"'{file}' has {len(content)} bytes, more than {_MOST_BYTES}. Shorten it."
            raise SubmissionError("import", message)
        return read_bindings(importlib.util.decode_source(content), file)
    except FileNotFoundError:
        message = f"'{file}' is missing. Run `nox -s reset` to get it back."
        raise SubmissionError("import", message) from None
    except SyntaxError as error:
        code = (error.text or "").strip()[:_LONGEST]
        where = (Place(file, error.lineno, code=code),) if error.lineno else ()
        message = f"'{file}' is not valid Python: {error.msg}."
        raise SubmissionError("import", message, where=where) from None
    except (ValueError, LookupError, MemoryError, RecursionError):
        message = f"'{file}' cannot be read as Python. Save it as UTF-8, with simple values."
        raise SubmissionError("import", message) from None


def read_bindings(source: str, file: str) -> dict[str, list[Binding]]:
    """Find the bindings of each name; raises what `ast.parse` raises."""
    with warnings.catch_warnings(action="ignore"):  # such as one of an invalid escape sequence
        tree = ast.parse(source)
    found: dict[str, list[Binding]] = {}
    for statement in tree.body:
        names, value = _read_assignment(statement)
        for name in names:
            found.setdefault(name, []).append(Binding(file, source, statement, value))
    return found


def _read_assignment(statement: ast.stmt) -> tuple[list[str], ast.expr | None]:
    """Give the names that a statement binds, and the value unless it is hidden in the statement."""
    match statement:
        case ast.Assign(targets=targets, value=value) if all(
            isinstance(target, ast.Name) for target in targets
        ):
            return [target.id for target in targets if isinstance(target, ast.Name)], value
        case ast.AnnAssign(target=ast.Name(id=name), value=value):
            return [name], value or ast.Constant(...)
        case _:
            return list(dict.fromkeys(_list_names(statement))), None


def _list_names(statement: ast.stmt) -> Iterator[str]:
    for node in ast.walk(statement):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.alias(name=name, asname=other):
                yield other or name
