"""Assertions: what the tests of a suite assert, whatever they call their variables.

Nothing is run, so this says what is written and not what is reached: that is for broken apps.
"""

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping

Function = ast.FunctionDef | ast.AsyncFunctionDef

_SELF = "self"


def read_assertions(sources: Iterable[str | bytes]) -> dict[str, frozenset[str]]:
    """Give the assertions of each test by its name, with those of functions that it names.

    A source that cannot be parsed has none.
    """
    functions: dict[str, list[Function]] = {}
    for source in sources:
        for function in _list_functions(source):
            functions.setdefault(function.name, []).append(function)
    return {
        name: frozenset(_list_reached(name, functions))
        for name in functions
        if name.startswith("test")
    }


def split_assertions(text: str) -> list[tuple[str, str]]:
    """Give each `assert` of some lines: in the form in which they are compared, and as it is."""
    asserts = [each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Assert)]
    return [(normalise(each.test), ast.unparse(each)) for each in asserts]


def normalise(asserted: ast.expr) -> str:
    """Write what is asserted with its variables numbered in the order in which they come.

    An attribute of `self` is a variable too, and so is what a function gives that is not built in.
    An `await` does not matter.
    """
    return ast.dump(_Numberer().visit(ast.parse(ast.unparse(asserted), mode="eval")))


def _list_functions(source: str | bytes) -> list[Function]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return []
    return [each for each in ast.walk(tree) if isinstance(each, Function)]


def _list_reached(name: str, functions: Mapping[str, list[Function]]) -> Iterator[str]:
    """Give what a test asserts: itself, or in the functions and fixtures that it names."""
    waiting, seen = [name], {name}
    while waiting:
        for function in functions[waiting.pop()]:
            yield from _list_asserted(function)
            named = {_get_name(node) for node in ast.walk(function)} & functions.keys() - seen
            seen |= named
            waiting += sorted(named)


def _list_asserted(function: Function) -> Iterator[str]:
    """Give each assertion as it is, and with the values of variables in place of their names."""
    values = _read_values(function)
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            yield normalise(node.test)
            copied = ast.parse(ast.unparse(node.test), mode="eval").body
            yield normalise(_Inliner(values).visit(copied))


def _read_values(function: Function) -> dict[str, ast.expr]:
    """Give the variables of a function that are assigned once, with their values."""
    found: dict[str, ast.expr] = {}
    names = [each for each in ast.walk(function) if isinstance(each, ast.Name)]
    stored = [each.id for each in names if isinstance(each.ctx, ast.Store)]
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if stored.count(name) == 1:
                found[name] = value
    return found


def _get_name(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
            return name
        case ast.Constant(value=str(name)):  # as in `usefixtures`
            return name
    return ""


class _Inliner(ast.NodeTransformer):
    """Put values in place of names, once: what a value itself names stays."""

    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._values.get(node.id, node)


class _Numberer(ast.NodeTransformer):
    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return node if hasattr(builtins, node.id) else self._number(node.id)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and not hasattr(builtins, node.func.id):
            return self._number(ast.dump(node))
        return self.generic_visit(node)

    def visit_Await(self, node: ast.Await) -> ast.AST:
        inner: ast.AST = self.visit(node.value)
        return inner

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id == _SELF:
            return self._number(f"{_SELF}.{node.attr}")
        return self.generic_visit(node)

    def _number(self, name: str) -> ast.Name:
        return ast.Name(self._numbers.setdefault(name, f"_{len(self._numbers)}"), ast.Load())
