"""Answer sources: the modules of one right answer, and which functions in them FastAPI calls.

It reads and changes nothing. What it cannot tell counts as the worse case, so that whoever asks
leaves that place alone.
"""

import ast
import symtable
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import libcst as cst
import libcst.matchers as m

METHODS = ("get", "post", "put", "patch", "delete", "options", "head")

_ROUTE_CALL = m.Call(
    m.Attribute(m.Name(), m.Name(m.MatchIfTrue(lambda name: name in (*METHODS, "websocket"))))
)
_WEBSOCKET = m.Call(m.Attribute(attr=m.Name("websocket")))

_QUIET = {
    *("fastapi", "starlette", "pydantic", "typing", "typing_extensions", "annotated_types"),
    *("collections", "dataclasses", "enum", "types", "abc", "contextlib", "functools"),
    *("itertools", "operator", "datetime", "decimal", "fractions", "math", "random", "secrets"),
    *("string", "re", "json", "uuid", "hashlib", "hmac", "logging", "__future__"),
}
"""Packages that neither block nor care for the thread or the loop in which they are called."""

_LOUD = {"fastapi.concurrency", "starlette.concurrency"}
_BLOCKING_BUILTINS = {"open", "input", "exec", "eval", "__import__"}


@dataclass(frozen=True)
class AnswerSources:
    """An answer's modules, path to text.

    `own` may be changed. `context` cannot: given files, and what the answer shares with another.
    """

    own: Mapping[str, str]
    context: Mapping[str, str]
    entry: str = "app/main.py"
    application: str = "app"
    """The name that the application has in the module `entry`."""

    @property
    def all(self) -> dict[str, str]:
        """Every module, path to text."""
        return {**self.context, **self.own}

    @cached_property
    def provided(self) -> frozenset[str]:
        """The names that are handed to `Depends` or `Security` anywhere."""
        return frozenset(name for tree in self._trees.values() for name in _list_provided(tree))

    @cached_property
    def named_elsewhere(self) -> frozenset[str]:
        """The names that are used anywhere but in `Depends` and `Security`."""
        used: list[str] = []
        for tree in self._trees.values():
            used += _list_names(tree)
            for name in _list_provided(tree):
                used.remove(name)
        return frozenset(used)

    def is_called_by_framework(self, function: cst.FunctionDef) -> bool:
        """Tell whether a function of a module is a route or a dependency, and called as such."""
        if function.decorators:
            return is_route(function)
        name = function.name.value
        return name in self.provided and name not in self.named_elsewhere

    def is_quiet(self, function: str) -> bool:
        """Tell whether nothing blocks in the functions of that name, nor in what they may call."""
        pending, seen = [function], set[str]()
        while pending:
            name = pending.pop()
            if name in seen:
                continue
            seen.add(name)
            if name in self._loud_names or name in _BLOCKING_BUILTINS:
                return False
            pending += self._mentions.get(name, ())
        return True

    @cached_property
    def is_quiet_everywhere(self) -> bool:
        """Tell whether no module imports anything that blocks, or runs something beside the loop.

        Then nothing holds a worker thread for long.
        """
        return not self._loud_names

    @cached_property
    def _trees(self) -> dict[str, ast.Module]:
        return {path: ast.parse(text) for path, text in self.all.items()}

    @cached_property
    def _loud_names(self) -> frozenset[str]:
        nodes = (node for tree in self._trees.values() for node in ast.walk(tree))
        return frozenset(name for node in nodes for name in _list_loud(node))

    @cached_property
    def _mentions(self) -> dict[str, set[str]]:
        """Give, by name, what the functions, classes and variables of that name mention."""
        found: dict[str, set[str]] = {}
        for tree in self._trees.values():
            for node in ast.walk(tree):
                for name in _list_defined(node):
                    found.setdefault(name, set()).update(_list_mentioned(node))
        return found


def is_route(function: cst.FunctionDef) -> bool:
    """Tell whether a function has one decorator, and that makes it a route."""
    match function.decorators:
        case [cst.Decorator(decorator)]:
            return m.matches(decorator, _ROUTE_CALL)
    return False


def is_websocket(function: cst.FunctionDef) -> bool:
    """Tell whether a route is one of WebSockets."""
    return m.matches(function.decorators[0].decorator, _WEBSOCKET) if function.decorators else False


def is_generator(function: cst.FunctionDef) -> bool:
    """Tell whether a function yields; one that only holds a generator counts as well."""
    return bool(m.findall(function.body, m.Yield()))


def awaits(function: cst.FunctionDef) -> bool:
    """Tell whether a function does what only an asynchronous one may."""
    waiting = m.Await() | m.Asynchronous()
    return bool(m.findall(function.body, waiting))


def list_functions(module: cst.Module) -> list[cst.FunctionDef]:
    """Give the functions at the top of a module."""
    return [each for each in module.body if isinstance(each, cst.FunctionDef)]


def draw_fresh(name: str, texts: Iterable[str]) -> str:
    """Give a name like the wanted one that stands in none of the texts."""
    written = "\n".join(texts)
    number, fresh = 1, name
    while fresh in written:
        number += 1
        fresh = f"{name}_{number}"
    return fresh


def _list_names(node: ast.AST) -> Iterator[str]:
    yield from (each.id for each in ast.walk(node) if isinstance(each, ast.Name))


def _list_provided(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Name("Depends" | "Security"), [ast.Name(name), *_]):
                yield name


def _list_loud(node: ast.AST) -> Iterator[str]:
    """List the names that an import gives to what may block."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if not _is_quiet_module(alias.name):
                yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
        for alias in node.names:
            if not _is_quiet_module(node.module, alias.name):
                yield alias.asname or alias.name


def _is_quiet_module(name: str, member: str = "") -> bool:
    if (name, member) == ("http", "HTTPStatus"):
        return True
    return not {name, f"{name}.{member}"} & _LOUD and name.partition(".")[0] in _QUIET


def _list_defined(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
            yield name
        case ast.Assign(targets):
            for target in targets:
                yield from _list_names(target)
        case ast.AnnAssign(ast.Name(name)):
            yield name


def _list_mentioned(node: ast.AST) -> set[str]:
    """List the names and attributes that run when something is called, not its signature's."""
    parts = node.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else [node]
    inner = [each for part in parts for each in ast.walk(part)]
    attributes = {each.attr for each in inner if isinstance(each, ast.Attribute)}
    return attributes | {each.id for each in inner if isinstance(each, ast.Name)}


@dataclass
class Places:
    """The places of one transformation, by names such as `app/main.py create_order`.

    All of them are taken, unless `only` names one. Those that fit are kept in `fitting`.
    """

    only: str = ""
    fitting: list[str] = field(default_factory=list)
    file: str = ""
    """The file that is being changed."""

    def take(self, name: str) -> bool:
        """Note a place in the current file and tell whether it is to be changed."""
        place = f"{self.file} {name}"
        self.fitting.append(place)
        return self.only in ("", place)


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
    shared = {name for each in inner if isinstance(each, ast.Global) for name in each.names}
    # A table of symbols knows no variable of a comprehension as the module's.
    symbols = symtable.symtable(code, "part", "exec").get_symbols()
    defined = {each.get_name() for each in symbols if each.is_assigned() or each.is_imported()}
    values = {each.value for each in inner if isinstance(each, ast.Constant)}
    texts = {each for each in values if isinstance(each, str)}
    named = {each.id for each in inner if isinstance(each, ast.Name)} | shared | texts
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
