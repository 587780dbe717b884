"""Module parts: the statements at the top of a module, and which of them can stand elsewhere."""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import libcst as cst

_PLACED = {"__name__", "__file__", "__package__", "__spec__", "globals"}
"""What has another value in another module."""

_MAKERS = {"FastAPI", "APIRouter"}


@dataclass(frozen=True, eq=False)
class ModulePart:
    """A statement at the top of a module: what it defines, and which names stand in it.

    A text counts as a name as well: it may be an annotation.
    """

    code: str
    node: ast.stmt
    defined: frozenset[str]
    named: frozenset[str]

    @property
    def is_import(self) -> bool:
        """Whether it is an import, of which a copy does no harm."""
        return isinstance(self.node, ast.Import | ast.ImportFrom)

    @property
    def is_definition(self) -> bool:
        """Whether it defines a function or a class."""
        return isinstance(self.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


def read_parts(text: str) -> list[ModulePart]:
    """Read the statements of a module; none if two of them share a line."""
    module, tree = cst.parse_module(text), ast.parse(text)
    if len(module.body) != len(tree.body):
        return []
    pairs = zip(module.body, tree.body, strict=True)
    return [_read_part(module.code_for_node(code), node) for code, node in pairs]


def _read_part(code: str, node: ast.stmt) -> ModulePart:
    inner = list(ast.walk(node))
    names = [each for each in inner if isinstance(each, ast.Name)]
    shared = {name for each in inner if isinstance(each, ast.Global) for name in each.names}
    match node:
        case ast.Import(aliases) | ast.ImportFrom(names=aliases):
            defined = {each.asname or each.name.partition(".")[0] for each in aliases}
        case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
            defined = {name}
        case _:
            defined = {each.id for each in names if isinstance(each.ctx, ast.Store)}
    values = {each.value for each in inner if isinstance(each, ast.Constant)}
    texts = {each for each in values if isinstance(each, str)}
    named = {each.id for each in names} | shared | texts
    return ModulePart(code, node, frozenset(defined | shared), frozenset(named))


def list_movable(parts: Sequence[ModulePart]) -> list[ModulePart]:
    """List the definitions and constants that need nothing which stays where it is.

    The application and its routers stay, and so does what is defined twice or set elsewhere.
    """
    counts = [name for each in parts for name in each.defined]
    movable = [each for each in parts if _may_move(each, counts)]
    while True:
        staying = [each for each in parts if each not in movable and not each.is_import]
        names = frozenset[str]().union(*(each.defined for each in staying))
        left = [each for each in movable if not each.named & names]
        if len(left) == len(movable):
            return movable
        movable = left


def list_needed(parts: Iterable[ModulePart], among: Sequence[ModulePart]) -> list[ModulePart]:
    """List some parts and what they need among others, imports aside, in the order of these."""
    needed, pending = set[ModulePart](), list(parts)
    while pending:
        needed |= set(pending)
        names = frozenset[str]().union(*(each.named for each in pending))
        pending = [
            each
            for each in among
            if each.defined & names and each not in needed and not each.is_import
        ]
    return [each for each in among if each in needed]


def _may_move(part: ModulePart, defined: Sequence[str]) -> bool:
    is_constant = isinstance(part.node, ast.Assign | ast.AnnAssign)
    return (
        (part.is_definition or is_constant)
        and not part.named & (_PLACED if part.is_definition else _PLACED | _MAKERS)
        and all(defined.count(name) == 1 for name in part.defined)
    )


def insert(text: str, code: str, *, after_imports: bool = False) -> str:
    """Insert code below the docstring and what must stand first, or below all imports."""
    lines = text.splitlines(keepends=True)
    line = 0
    for statement in ast.parse(text).body:
        is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        is_import = isinstance(statement, ast.Import | ast.ImportFrom)
        is_future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if is_text or is_future or (after_imports and is_import):
            line = statement.end_lineno or 0
    return "".join([*lines[:line], "\n" if line else "", code, *lines[line:]])
