"""Sources: Python files of which only some functions are given away, with all that these need.

What is left is the author's text, comments included; ruff takes out the imports that nobody uses
any more. It knows nothing of katas.
"""

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_Function = ast.FunctionDef | ast.AsyncFunctionDef

_FIX = ("check", "--fix", "--exit-zero", "--select=F401,I")
_STYLE = ("--isolated", "--quiet", "--line-length=100", "--target-version=py311")
_OWN = "lint.isort.known-first-party=['dojo']"


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
        """Tell whether it does something by itself, such as setting an option or an import."""
        return not self.names


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
    parts = _split(ast.parse(source).body, 0)
    if parts and _is_text(parts[0].node):
        parts = parts[1:]
    kept, needs = _choose(parts, _Needs(set(wanted)))
    body = [line for part in kept for line in _write(part, lines, needs)]
    return _tidy("\n".join([f'"""{docstring}"""', "", *body, ""]))


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


def _split(nodes: list[ast.stmt], end: int) -> list[_Part]:
    """Split a body into parts, each with what stands above it; `end` is the last line above all."""
    parts: list[_Part] = []
    for number, node in enumerate(nodes):
        first, end = end + 1, node.end_lineno or 0
        if number and _is_text(node):  # a string below a statement documents it
            parts[-1].last = end
            continue
        part = _Part(node, first, end, frozenset(_bind(node)))
        if isinstance(node, ast.ClassDef) and not node.bases:  # a base may call what it overrides
            part.methods = _split(node.body, node.lineno)
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
            return kept, needs


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


def _write(part: _Part, lines: list[str], needs: _Needs) -> list[str]:
    dropped = {
        number
        for member in part.methods
        if not _is_kept(member, needs)
        for number in range(member.first, member.last + 1)
    }
    return [lines[n - 1] for n in range(part.first, part.last + 1) if n not in dropped]


def _tidy(source: str) -> str:
    """Remove unused imports, then lay out what stands nearer together or on fewer lines now."""
    for command in ((*_FIX, "--config", _OWN), ("format",)):
        ended = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *_STYLE, "-"],
            input=source,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        source = ended.stdout
    return source
