"""Public criteria: which ones of a kata students see, and its grader with only these in it.

What is left of a grader is its author's text, comments included.
"""

import ast
import difflib
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..grader import oracle
from ..grader.plugin import FIXTURES
from ..grader.traffic import FILE_NAME as TRAFFIC
from ..model.catalogue import Kata
from ..model.errors import UsageError
from ..model.file_trees import is_junk

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


SECRET_FILES = {"submissions", "wrong.toml", "survivors.toml"}
"""What stands beside a grader and is never given to anybody."""

_PREFIX = "test_"
Public = Mapping[Kata, Sequence[str]]
"""The names of the public criteria by kata."""

_VERDICTS = re.compile(r"^(?:already_working|public) = \[.*?\]\n", re.MULTILINE | re.DOTALL)


def choose_public(katas: Sequence[Kata], wanted: Sequence[str]) -> dict[Kata, tuple[str, ...]]:
    """Choose the public criteria of katas: those `wanted`, or else those that `kata.toml` names.

    A name counts for each kata that has such a criterion. `UsageError` for a name that none has,
    for a kata without any, and for a criterion that waits for one that is not public.
    """
    known = {kata: _list_criteria(kata) for kata in katas}
    _refuse_unknown(wanted, [name for criteria in known.values() for name in criteria])
    chosen = {}
    for kata, criteria in known.items():
        own = [name for name in criteria if name in wanted]
        chosen[kata] = tuple(own or [name for name in criteria if name in kata.file.public])
        _refuse_hidden(kata, chosen[kata], criteria)
    return chosen


def write_public(kata: Kata, public: Sequence[str]) -> dict[str, bytes]:
    """Write the grader's files with only the public criteria, path to content."""
    files = {}
    texts = []
    for path in sorted(kata.grader.glob("test_*.py")):
        source = path.read_text("utf-8")
        functions = list_functions(source)
        if not functions.keys() & set(public):
            continue
        overriding = [name for name in functions if any(hasattr(each, name) for each in FIXTURES)]
        title = f"The public criteria of {kata.id}."
        texts.append(select(source, [*public, *overriding], title))
        files[path.name] = texts[-1].encode()
    for path in list_companions(kata):
        if path.name != TRAFFIC and any(_is_named(path, text) for text in texts):
            files |= read_files(path, path.name)
    return files


def describe_handout(kata: Kata, public: Sequence[str]) -> bytes:
    """Write the `kata.toml` of a handout: how many criteria are hidden, and no name of one."""
    return _describe(kata, f"hidden = {count_criteria(kata) - len(public)}")


def describe_grading(kata: Kata, public: Sequence[str]) -> bytes:
    """Write the `kata.toml` with which all criteria are graded, and these are the public ones."""
    return _describe(kata, f"public = {json.dumps(list(public))}")


def _describe(kata: Kata, line: str) -> bytes:
    text = (kata.exercise / "kata.toml").read_text("utf-8")
    return f"{line}\n{_VERDICTS.sub('', text)}".encode()


def count_criteria(kata: Kata) -> int:
    """Count all criteria of a kata."""
    return len(_list_criteria(kata))


def list_sentences(kata: Kata, names: Sequence[str]) -> Iterator[str]:
    """List the sentences of some criteria, as learners read them."""
    for path in sorted(kata.grader.glob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in names:
                yield " ".join((ast.get_docstring(node) or "").split())


def list_companions(kata: Kata) -> list[Path]:
    """List what a grader has besides its tests: probes, mutants, variants of an app."""
    return [
        path
        for path in sorted(kata.grader.iterdir())
        if path.name not in SECRET_FILES and not path.match("test_*.py") and not is_junk(path.name)
    ]


def read_files(path: Path, name: str) -> dict[str, bytes]:
    """Read a file, or all in a folder but for what tools leave behind; `name` is its path there."""
    if path.is_file():
        return {name: path.read_bytes()}
    found = {f"{name}/{each.relative_to(path).as_posix()}": each for each in path.rglob("*")}
    return {
        each: found[each].read_bytes()
        for each in sorted(found)
        if found[each].is_file() and not is_junk(each)
    }


def _list_criteria(kata: Kata) -> dict[str, set[str]]:
    """List the criteria, each with all names that it refers to."""
    functions: dict[str, set[str]] = {}
    for path in sorted(kata.grader.glob("test_*.py")):
        functions |= list_functions(path.read_text("utf-8"))
    return {name: uses for name, uses in functions.items() if name.startswith(_PREFIX)}


def _refuse_unknown(wanted: Sequence[str], known: Sequence[str]) -> None:
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3) or known
            listed = " or ".join(f"'{each}'" for each in near)
            raise UsageError(
                f"None of these katas has a criterion '{name}'. Try `--public` with {listed}."
            )


def _refuse_hidden(kata: Kata, public: Sequence[str], known: Mapping[str, set[str]]) -> None:
    if not public:
        listed = " or ".join(f"'{each}'" for each in known)
        raise UsageError(
            f"Kata '{kata.id}' has no public criteria. Name some with `--public`, such as {listed}."
        )
    for name in public:
        if oracle.oracle.__name__ in known[name]:
            raise UsageError(
                f"Criterion '{name}' compares with the solution, but a handout has no solution. "
                "Leave it out of `--public`."
            )
        for other in sorted(known[name] & known.keys() - {name}):
            if other not in public:
                raise UsageError(
                    f"Criterion '{name}' waits for '{other}', which would be hidden. "
                    f"Give `--public {other} {name}`."
                )


def _is_named(path: Path, source: str) -> bool:
    return any(text in (path.name, path.stem) for text in _list_texts(source))


def _list_texts(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
