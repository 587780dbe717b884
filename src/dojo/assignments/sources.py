"""Sources: Python files of which only some functions are given away, with all that these need.

What is left is the author's text, comments included: only imports are written anew where some of
their names are no longer used. It knows nothing of katas.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

LONGEST_LINE = 100

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Import = ast.Import | ast.ImportFrom


@dataclass
class _Part:
    """A statement with the lines that belong to it: from its first comment to its last string."""

    node: ast.stmt
    first: int
    last: int
    names: frozenset[str]
    methods: list["_Part"] = field(default_factory=list)

    @property
    def is_always_needed(self) -> bool:
        """Tell whether it does something by itself, such as setting an option."""
        return not self.names and not isinstance(self.node, _Import)


@dataclass
class _Needs:
    """What the parts that are kept refer to: names, and attributes of whatever it may be."""

    names: set[str]
    attributes: set[str] = field(default_factory=set)

    def add(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            for each in ast.walk(node):
                match each:
                    case ast.Name(id=name) | ast.arg(arg=name):
                        self.names.add(name)
                    case ast.Attribute(attr=name):
                        self.attributes.add(name)

    @property
    def size(self) -> int:
        return len(self.names) + len(self.attributes)


def select(source: str, wanted: Iterable[str], docstring: str) -> str:
    """Keep the functions `wanted` with the helpers, constants and imports that they need.

    Parameters count as references, because fixtures are asked for so. `docstring` takes the place
    of the module's own, which may speak of what is left out.
    """
    lines = source.splitlines()
    parts = _split(ast.parse(source).body, lines, 0)
    if parts and _is_text(parts[0].node):
        parts = parts[1:]
    kept, needs = _choose(parts, _Needs(set(wanted)))
    texts = [_write(part, lines, needs) for part in kept]
    return "\n".join([f'"""{docstring}"""', "", *_join(kept, texts, lines)]) + "\n"


def list_functions(source: str) -> dict[str, set[str]]:
    """List the functions of a module, each with all names that it refers to."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, _Function):
            needs = _Needs(set())
            needs.add([node])
            found[node.name] = needs.names
    return found


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _split(nodes: list[ast.stmt], lines: list[str], end: int) -> list[_Part]:
    """Split a body into parts; `end` is the last line above it."""
    parts: list[_Part] = []
    for number, node in enumerate(nodes):
        assert node.end_lineno is not None
        if number and _is_text(node):  # a string below a statement documents it
            parts[-1].last = end = node.end_lineno
            continue
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(each.lineno for each in decorators)])
        while first - 1 > end and lines[first - 2].lstrip().startswith("#"):
            first -= 1
        end = node.end_lineno
        part = _Part(node, first, end, frozenset(_bind(node)))
        if isinstance(node, ast.ClassDef) and not node.bases:  # a base may call what it overrides
            part.methods = _split(node.body, lines, node.lineno)
        parts.append(part)
    return parts


def _bind(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.Assign(targets=targets):
            yield from (each.id for target in targets for each in _list_names(target))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name


def _list_names(target: ast.expr) -> Iterator[ast.Name]:
    if isinstance(target, ast.Name):
        yield target
    elif isinstance(target, ast.Tuple):
        for each in target.elts:
            yield from _list_names(each)


def _choose(parts: list[_Part], needs: _Needs) -> tuple[list[_Part], _Needs]:
    """Choose the parts that are needed, and all that these need, until nothing is added."""
    while True:
        before = needs.size
        kept = [part for part in parts if part.is_always_needed or part.names & needs.names]
        for part in kept:
            needs.add(_list_kept(part, needs))
        if needs.size == before:
            imports = [p for p in parts if isinstance(p.node, _Import) and _use(p.node, needs)]
            return sorted([*kept, *imports], key=lambda part: part.first), needs


def _list_kept(part: _Part, needs: _Needs) -> list[ast.AST]:
    """List what of a part is kept: all, but for methods that nobody calls."""
    if not part.methods:
        return [part.node]
    assert isinstance(part.node, ast.ClassDef)
    members = [each.node for each in part.methods if _is_kept(each, needs)]
    return [*part.node.decorator_list, *part.node.keywords, *members]


def _is_kept(member: _Part, needs: _Needs) -> bool:
    if not isinstance(member.node, _Function):
        return True
    name = member.node.name
    return name in needs.attributes or (name.startswith("__") and name.endswith("__"))


def _use(node: _Import, needs: _Needs) -> list[ast.alias]:
    return [each for each in node.names if _name_alias(each) in needs.names]


def _name_alias(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _write(part: _Part, lines: list[str], needs: _Needs) -> list[str]:
    own = lines[part.first - 1 : part.last]
    if isinstance(part.node, _Import):
        used = _use(part.node, needs)
        return own if len(used) == len(part.node.names) else _write_import(part.node, used)
    dropped = {
        number
        for member in part.methods
        if not _is_kept(member, needs)
        for number in range(_find_gap(member, lines), member.last + 1)
    }
    return [line for number, line in enumerate(own, part.first) if number not in dropped]


def _find_gap(member: _Part, lines: list[str]) -> int:
    """Give the first of the empty lines above a method, or its own first line."""
    first = member.first
    while not lines[first - 2].strip():
        first -= 1
    return first


def _write_import(node: _Import, used: list[ast.alias]) -> list[str]:
    names = [ast.unparse(each) for each in used]
    if isinstance(node, ast.Import):
        return [f"import {', '.join(names)}"]
    start = f"from {'.' * node.level}{node.module or ''} import"
    line = f"{start} {', '.join(names)}"
    if len(line) <= LONGEST_LINE:
        return [line]
    return [f"{start} (", *(f"    {name}," for name in names), ")"]


def _join(parts: list[_Part], texts: list[list[str]], lines: list[str]) -> Iterator[str]:
    """Put parts one below the other, with as many empty lines between them as ruff wants."""
    previous: _Part | None = None
    for part, text in zip(parts, texts, strict=True):
        if previous is not None:
            between = lines[previous.last : part.first - 1]
            around = isinstance(part.node, _Definition) or isinstance(previous.node, _Definition)
            yield from [""] * (2 if around else "" in between)
        elif isinstance(part.node, _Definition):
            yield ""
        yield from text
        previous = part
