"""Rewriting: another spelling of an app, drawn from the seed, that behaves the same.

Locals get other names, definitions another order, literals and results a name; comments and
docstrings change. What other files may rely on stays: the names of modules, of what they define,
of parameters and attributes. It needs libcst, so only graders that rewrite import it.
"""

import ast
import builtins
import graphlib
import symtable
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

import libcst as cst

from .fixtures import SeededInputs

_COIN = (True, False)


def rewrite(app: Mapping[str, str], inputs: SeededInputs) -> dict[str, str]:
    """Spell every module of an app anew; both map paths to texts."""
    return {name: rewrite_module(text, inputs) for name, text in app.items()}


def rewrite_module(source: str, inputs: SeededInputs) -> str:
    """Spell one module anew."""
    statements = ast.parse(source).body
    head = sum(map(_belongs_to_head, statements))
    speller = _Speller(inputs, source)
    spelled = _parse(source).visit(speller)
    order = _draw_order(statements[head:], inputs)
    body = [
        *spelled.body[:head],
        *(cst.parse_statement(f"{name} = {code}") for name, code in speller.hoisted),
        *(spelled.body[head + number] for number in order),
    ]
    comment = cst.EmptyLine(comment=cst.Comment(f"# {inputs.word(5)}"))
    return spelled.with_changes(header=[comment], body=body).code


@cache
def _parse(source: str) -> cst.Module:
    return cst.parse_module(source)


def _belongs_to_head(statement: ast.stmt) -> bool:
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return is_text or isinstance(statement, ast.Import | ast.ImportFrom)


class _Renamer(cst.CSTTransformer):
    """Rename names, but neither attributes nor keywords."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def leave_Name(self, _: cst.Name, updated: cst.Name) -> cst.Name:
        return updated.with_changes(value=self._names.get(updated.value, updated.value))

    def leave_Attribute(self, original: cst.Attribute, updated: cst.Attribute) -> cst.Attribute:
        return updated.with_changes(attr=original.attr)

    def leave_Arg(self, original: cst.Arg, updated: cst.Arg) -> cst.Arg:
        return updated.with_changes(keyword=original.keyword)


class _Speller(cst.CSTTransformer):
    """Make the changes within statements; `hoisted` are the literals that get a name."""

    def __init__(self, inputs: SeededInputs, source: str) -> None:
        self._inputs = inputs
        self._locals = dict(_read_locals(symtable.symtable(source, "app", "exec"), ()))
        self._taken = {*dir(builtins), *_list_names([ast.parse(source)])}
        self._path: list[str] = []
        self._annotations = 0
        self.hoisted: list[tuple[str, str]] = []

    def _draw_name(self) -> str:
        while (name := self._inputs.word(4)) in self._taken:
            pass
        self._taken.add(name)
        return name

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self._path.append(node.name.value)

    def leave_ClassDef(self, _: cst.ClassDef, updated: cst.ClassDef) -> cst.ClassDef:
        self._path.pop()
        return updated

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._path.append(node.name.value)

    def leave_FunctionDef(self, _: cst.FunctionDef, updated: cst.FunctionDef) -> cst.FunctionDef:
        local = self._locals.get(tuple(self._path), set())
        self._path.pop()
        renamer = _Renamer({name: self._draw_name() for name in sorted(local)})
        return updated.with_changes(body=updated.body.visit(renamer)) if local else updated

    def visit_Annotation(self, _: cst.Annotation) -> None:
        self._annotations += 1

    def leave_Annotation(self, _: cst.Annotation, updated: cst.Annotation) -> cst.Annotation:
        self._annotations -= 1
        return updated

    def leave_Arg(self, _: cst.Arg, updated: cst.Arg) -> cst.Arg:
        """Give a literal that is handed to a call a name, or do not."""
        literal = updated.value
        if not isinstance(literal, cst.Integer | cst.SimpleString) or self._annotations:
            return updated
        if not self._inputs.choice(_COIN):
            return updated
        self.hoisted.append((self._draw_name(), literal.value))
        return updated.with_changes(value=cst.Name(self.hoisted[-1][0]))

    def leave_Comparison(self, _: cst.Comparison, updated: cst.Comparison) -> cst.Comparison:
        """Write `0 == x` for `x == 0`."""
        match updated.comparisons:
            case [cst.ComparisonTarget(cst.Equal(), cst.Integer() | cst.SimpleString()) as target]:
                turned = target.with_changes(comparator=updated.left)
                return updated.with_changes(left=target.comparator, comparisons=[turned])
        return updated

    def leave_SimpleStatementLine(
        self, _: cst.SimpleStatementLine, updated: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.FlattenSentinel[cst.SimpleStatementLine]:
        """Give what is returned a name first, or do not; say something else in a docstring."""
        match updated.body:
            case [cst.Expr(cst.SimpleString())]:
                text = cst.SimpleString(f'"""{self._inputs.name()} {self._inputs.word()}."""')
                return updated.with_changes(body=[cst.Expr(text)])
            case [cst.Return(cst.Call() as value)] if self._inputs.choice(_COIN):
                name = cst.Name(self._draw_name())
                assignment = cst.Assign([cst.AssignTarget(name)], value)
                first = updated.with_changes(body=[assignment])
                return cst.FlattenSentinel([first, cst.SimpleStatementLine([cst.Return(name)])])
        return updated

    def leave_Comment(self, _: cst.Comment, updated: cst.Comment) -> cst.Comment:
        return updated.with_changes(value=f"# {self._inputs.word()}")


def _read_locals(
    table: symtable.SymbolTable, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    """Give the locals of each function by its path, but for those of functions in functions."""
    for child in table.get_children():
        inner = (*path, child.get_name())
        if child.get_type() == "class":
            yield from _read_locals(child, inner)
        elif child.get_type() == "function":
            yield inner, {each.get_name() for each in child.get_symbols() if _is_local(each)}


def _is_local(symbol: symtable.Symbol) -> bool:
    means_more = symbol.is_parameter() or symbol.is_imported() or symbol.is_namespace()
    return symbol.is_local() and not means_more


def _draw_order(statements: Sequence[ast.stmt], inputs: SeededInputs) -> list[int]:
    """Draw an order in which each name is there when a statement needs it.

    Statements that may have an effect, such as a route with its decorator, keep their order.
    """
    defined = [set(_list_defined(each)) for each in statements]
    named = [_list_names([each]) for each in statements]
    order: graphlib.TopologicalSorter[int] = graphlib.TopologicalSorter()
    effects: list[int] = []
    for number, statement in enumerate(statements):
        touched = _list_needed(statement, named, defined) | defined[number]
        order.add(number, *(i for i in range(number) if defined[i] & touched))
        if getattr(statement, "decorator_list", True):
            order.add(number, *effects[-1:])
            effects.append(number)
    order.prepare()
    drawn: list[int] = []
    while ready := list(order.get_ready()):
        drawn += inputs.sample(ready, len(ready))
        order.done(*ready)
    return drawn


def _list_names(nodes: Iterable[ast.AST]) -> set[str]:
    found = (each for node in nodes for each in ast.walk(node))
    return {each.id for each in found if isinstance(each, ast.Name)}


def _list_defined(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    else:
        found = (each for each in ast.walk(statement) if isinstance(each, ast.Name))
        yield from (each.id for each in found if isinstance(each.ctx, ast.Store))


def _list_needed(
    statement: ast.stmt, named: Sequence[set[str]], defined: Sequence[set[str]]
) -> set[str]:
    """List what must be defined before a statement: what it names, and whatever that names.

    The body of a function is not run where the function is defined.
    """
    parts: list[ast.AST] = [statement]
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        returned = [statement.returns] if statement.returns else []
        parts = [statement.args, *statement.decorator_list, *returned]
    needed, more = set[str](), _list_names(parts)
    while more:
        needed |= more
        used = (names for names, own in zip(named, defined, strict=True) if own & more)
        more = set[str]().union(*used) - needed
    return needed
