"""Mutants: a solution with one thing changed, wherever somebody reads what is changed.

An annotation that nobody reads at run time and a text that only people read can be changed without
any effect: such changes are not made.
"""

import ast
import contextlib
import difflib
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import libcst as cst
import libcst.matchers as m

from ..model.catalogue import Kata
from .mutation_operators import OPERATORS, Place, Replacement

Definition = cst.FunctionDef | cst.ClassDef

_REGISTERING = {"Depends", "Security", "add_api_route", "add_api_websocket_route"}
"""Calls whose arguments are functions, or classes, that FastAPI calls."""

_READ_DECORATORS = {
    *("get", "post", "put", "patch", "delete", "options", "head", "trace"),
    *("api_route", "websocket"),
    *("computed_field", "field_serializer", "model_serializer"),
}
_ANSWERED = {"HTTPException", "WebSocketException"}
_DESCRIBING = {
    *("FastAPI", "APIRouter", "include_router", "Field", "Query", "Path", "Body", "Header"),
    *("Cookie", "Form", "File"),
    *_READ_DECORATORS,
}
_UNREAD_BASES = {"Protocol", "Exception", "Enum", "StrEnum", "IntEnum"}

_FOR_PEOPLE = {
    *("title", "version", "summary", "description", "response_description"),
    *("tags", "openapi_tags", "contact", "license_info", "terms_of_service"),
}
"""Arguments of such calls that appear in the documentation and nowhere else."""

_TEXT = m.SimpleString() | m.ConcatenatedString() | m.FormattedString()
_DOCSTRING = m.SimpleStatementLine([m.Expr(_TEXT)])
_FOR_TYPE_CHECKERS = m.If(
    test=m.Name("TYPE_CHECKING") | m.Attribute(attr=m.Name("TYPE_CHECKING"))
) | m.Assign(value=m.Call(m.Name("TypeVar") | m.Name("ParamSpec")))


@dataclass(frozen=True)
class Reading:
    """Who reads what in the files of one solution.

    `promised` is the statement of the kata: a text that it quotes is never for people only.
    `called` are the names of functions and classes that FastAPI calls.
    """

    promised: str
    called: frozenset[str]

    def skips(self, node: cst.CSTNode, path: Sequence[cst.CSTNode]) -> bool:
        """Tell whether no change within a node could matter; `path` leads to it from the module."""
        if isinstance(node, cst.Annotation):
            return not self.reads_annotation(path)
        if isinstance(node, cst.Arg):
            return self.is_for_people(node, path[-1], path)
        return isinstance(node, cst.Import | cst.ImportFrom) or any(
            m.matches(node, skipped) for skipped in (_DOCSTRING, _FOR_TYPE_CHECKERS)
        )

    def reads_annotation(self, path: Sequence[cst.CSTNode]) -> bool:
        """Tell whether FastAPI or pydantic reads an annotation of the last node in a path."""
        owner = _find_owner(path)
        if isinstance(path[-1], cst.AnnAssign):
            return isinstance(owner, cst.ClassDef) and self.reads(path)
        return self.reads(path)

    def reads(self, path: Sequence[cst.CSTNode]) -> bool:
        """Tell whether the innermost definition on a path is a route, a model or the like."""
        owner = _find_owner(path)
        if isinstance(owner, cst.ClassDef):
            bases = {_name(base.value) for base in owner.bases}
            return bool(bases) and not bases & _UNREAD_BASES
        if owner is None:
            return False
        names = {each.name.value for each in path if isinstance(each, cst.ClassDef)}
        decorators = {_name(each.decorator) for each in owner.decorators}
        return (
            bool(decorators & _READ_DECORATORS)
            or (owner.name.value == "__call__" and not _takes_scope(owner))
            or bool({owner.name.value, *names} & self.called)
        )

    def keeps(self, call: cst.Call, path: Sequence[cst.CSTNode]) -> list[cst.Arg]:
        """Give the arguments of a call that are for people and so stay as they are."""
        return [each for each in call.args if self.is_for_people(each, call, path)]

    def is_for_people(
        self, argument: cst.Arg, call: cst.CSTNode, path: Sequence[cst.CSTNode]
    ) -> bool:
        """Tell whether an argument is documentation, or the message of an unanswered exception."""
        value, name = argument.value, _name(call)
        if isinstance(value, cst.SimpleString) and self.is_promised(value.raw_value):
            return False
        if argument.keyword is not None:
            return name in _DESCRIBING and argument.keyword.value in _FOR_PEOPLE
        is_raised = any(isinstance(each, cst.Raise) and each.exc is call for each in path)
        return is_raised and name not in _ANSWERED and m.matches(value, _TEXT)

    def is_promised(self, text: str) -> bool:
        """Tell whether the statement quotes a text, as code or in a reply."""
        return f"`{text}`" in self.promised or f'"{text}"' in self.promised


def find_called(modules: Iterable[cst.Module]) -> frozenset[str]:
    """Find the names of all that is handed to `Depends`, or registered as a route by a call."""
    calls = [call for module in modules for call in m.findall(module, m.Call())]
    return frozenset(
        _name(argument.value)
        for call in calls
        if isinstance(call, cst.Call) and _name(call.func) in _REGISTERING
        for argument in call.args
    )


def _takes_scope(function: cst.FunctionDef) -> bool:
    """Tell whether a server or a middleware calls it, by position, as ASGI says."""
    return any(m.matches(each, m.Param(name=m.Name("scope"))) for each in function.params.params)


def _find_owner(path: Sequence[cst.CSTNode]) -> Definition | None:
    return next((each for each in reversed(path) if isinstance(each, Definition)), None)


def _name(node: cst.CSTNode) -> str:
    """Give the last part of a dotted name, called or not; an empty text for anything else."""
    if isinstance(node, cst.Call):
        return _name(node.func)
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


_CONTEXT = 2


@dataclass(frozen=True)
class Mutant:
    """A solution with one file changed; `within` is the dotted name of the changed definition."""

    file: str
    line: int
    operator: str
    number: int
    within: str
    text: str
    diff: tuple[str, ...]

    @property
    def id(self) -> str:
        """Name the mutant: file, line, operator, and which of these it is."""
        return f"{self.file}:{self.line}:{self.operator}:{self.number}"


@dataclass(frozen=True)
class Change:
    """What an operator makes of a file, before it is known whether that is worth anything."""

    operator: str
    within: str
    text: str


def make_mutants(kata: Kata) -> list[Mutant]:
    """Make all mutants of a kata's solution, file by file, from top to bottom."""
    paths = sorted((kata.solution / "app").rglob("*.py"))
    names = [path.relative_to(kata.solution).as_posix() for path in paths]
    sources = {name: (kata.solution / name).read_text("utf-8") for name in names}
    modules = {name: cst.parse_module(source) for name, source in sources.items()}
    readme = kata.exercise / "README.md"
    promised = readme.read_text("utf-8") if readme.is_file() else ""
    reading = Reading(promised, find_called(modules.values()))
    return [
        mutant
        for name, module in modules.items()
        for mutant in mutate_file(name, sources[name], list_changes(module, reading))
    ]


def mutate_file(name: str, source: str, changes: Iterator[Change]) -> list[Mutant]:
    """Make mutants of the changes to one file that are of use."""
    seen = {_normalise(source)}
    lines = source.splitlines()
    mutants: list[Mutant] = []
    numbers: Counter[tuple[int, str]] = Counter()
    for change in changes:
        meaning = _normalise(change.text)
        if meaning is None or meaning in seen:
            continue
        seen.add(meaning)
        diff = difflib.unified_diff(
            lines, change.text.splitlines(), name, name, lineterm="", n=_CONTEXT
        )
        line = _find_line(lines, change.text.splitlines())
        numbers[line, change.operator] += 1
        number = numbers[line, change.operator]
        mutants.append(
            Mutant(name, line, change.operator, number, change.within, change.text, tuple(diff))
        )
    return sorted(mutants, key=lambda mutant: mutant.line)


def _normalise(text: str) -> str | None:
    """Give what the compiler sees of a text; `None` if it does not compile."""
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(text)
            compile(tree, "mutant", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    return ast.dump(tree)


def _find_line(before: Sequence[str], after: Sequence[str]) -> int:
    """Give the number of the first line that differs."""
    same = zip(before, after, strict=False)
    return 1 + next((n for n, (one, other) in enumerate(same) if one != other), len(after))


def list_changes(module: cst.Module, reading: Reading) -> Iterator[Change]:
    """Apply all operators to all nodes of a module."""
    finder = _Finder(reading)
    module.visit(finder)
    codes: dict[cst.CSTNode, str] = {each: module.code_for_node(each) for each in module.body}
    head, foot = (
        "".join(map(module.code_for_node, lines)) for lines in (module.header, module.footer)
    )
    for operator, before, after, within, top in finder.found:
        with contextlib.suppress(cst.CSTValidationError):  # what libcst refuses does not compile
            if top is module:
                yield Change(operator, within, _replace(module, before, after))
                continue
            changed = {**codes, top: _replace_within(module, top, before, after)}
            yield Change(operator, within, f"{head}{''.join(changed.values())}{foot}")


class _Finder(cst.CSTVisitor):
    """Walk through a module and keep what may be replaced by what."""

    def __init__(self, reading: Reading) -> None:
        super().__init__()
        self.found: list[tuple[str, cst.CSTNode, Replacement, str, cst.CSTNode]] = []
        self._reading = reading
        self._path: list[cst.CSTNode] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if self._reading.skips(node, self._path):
            return False
        self._path.append(node)
        within = ".".join(x.name.value for x in self._path if isinstance(x, Definition))
        top = self._path[min(1, len(self._path) - 1)]
        places = self._list_places()
        for operator in OPERATORS:
            if isinstance(node, operator.node) and operator.place in places:
                for after in operator.mutate(node):
                    if self._keeps_texts(node, after):
                        self.found.append((operator.name, node, after, within, top))
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if self._path and self._path[-1] is original_node:
            self._path.pop()

    def _list_places(self) -> set[Place]:
        in_annotation = any(isinstance(each, cst.Annotation) for each in self._path)
        places = {Place.ANYWHERE, Place.ANNOTATION if in_annotation else Place.CODE}
        return places | {Place.SIGNATURE} if self._reading.reads(self._path) else places

    def _keeps_texts(self, before: cst.CSTNode, after: Replacement) -> bool:
        if not isinstance(before, cst.Call) or not isinstance(after, cst.Call):
            return True
        kept = self._reading.keeps(before, self._path)
        return all(any(each is argument for each in after.args) for argument in kept)


class _Replacer(cst.CSTTransformer):
    """Put one thing in the place of one node."""

    def __init__(self, before: cst.CSTNode, after: Replacement) -> None:
        super().__init__()
        self._before = before
        self._after = after

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> Replacement:
        return self._after if original_node is self._before else updated_node


def _replace(module: cst.Module, before: cst.CSTNode, after: Replacement) -> str:
    """Give the source with a change to the module itself."""
    if before is module and isinstance(after, cst.Module):
        return after.code
    return module.visit(_Replacer(before, after)).code


def _replace_within(
    module: cst.Module, top: cst.CSTNode, before: cst.CSTNode, after: Replacement
) -> str:
    """Give the source of a statement of the module with one node replaced; comments above stay."""
    if isinstance(after, cst.FlattenSentinel) and isinstance(before, cst.BaseCompoundStatement):
        first, *others = after
        leading = [*before.leading_lines, *first.leading_lines]
        after = cst.FlattenSentinel([first.with_changes(leading_lines=leading), *others])
    changed = top.visit(_Replacer(before, after))
    assert not isinstance(changed, cst.RemovalSentinel)  # no operator leaves a gap
    nodes = [changed] if isinstance(changed, cst.CSTNode) else list(changed)
    return "".join(map(module.code_for_node, nodes))
