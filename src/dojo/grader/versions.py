"""Versions: right and wrong forms of the app that a learner's tests are for.

Each is the given app with edits. What they change decides which tests are tried first, nothing
more.
"""

import ast
import base64
import functools
import marshal
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ..harness.failures import GraderFault
from ..model.edits import Edit, Misfit, apply_edits

TESTS = "app/tests"

App = Mapping[str, str]
"""The files of an app under test, by paths like `app/main.py`."""


def read_app(folder: Path) -> dict[str, str]:
    """Read the modules of the `app/` in a folder, but for its tests."""
    found = {path.relative_to(folder).as_posix(): path for path in (folder / "app").rglob("*.py")}
    return {
        name: path.read_text("utf-8")
        for name, path in sorted(found.items())
        if not name.startswith(f"{TESTS}/")
    }


class Version(BaseModel):
    """A version of the app: edits of it, and the sentence of the contract that they break.

    Of a version that is right, `behaviour` says what is different inside. `shows_in` are functions,
    as `app.items:add_item`, whose callers notice what is changed, if those differ from the edited.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    behaviour: str
    edits: tuple[Edit, ...] = Field(min_length=1)
    shows_in: frozenset[str] = frozenset()
    test: str = ""
    """The name of the test that must fail, where the tests of a suite are given."""

    def apply(self, app: App) -> App:
        """Make the version; `GraderFault` if an edit does not fit the app."""
        try:
            return {**app, **apply_edits(app, self.edits)}
        except Misfit as misfit:
            raise GraderFault(f"Version '{self.name}': {misfit}") from None


def read_versions(path: Path) -> tuple[Version, ...]:
    """Read the versions of an app from `mutants.toml`, or the right ones from `variants.toml`."""
    read = tomllib.loads(path.read_text("utf-8"))
    return tuple(Version.model_validate(each) for each in read[path.stem.removesuffix("s")])


def read_change(right: App, version: Version) -> frozenset[str] | None:
    """List the functions in which a version shows; `None` if more than code is changed."""
    changed = _list_changed(right, version.apply(right))
    return changed and (version.shows_in or changed)


def _list_changed(right: App, wrong: App) -> frozenset[str] | None:
    """List the functions, as `app.items:add_item`, whose code is changed; `None` if more is.

    A constant of a module counts for the functions that name it.
    """
    changed: set[str] = set()
    for path in [each for each in wrong if wrong[each] != right.get(each)]:
        trees = [ast.parse(app.get(path, "")) for app in (right, wrong)]
        functions = [dict(_list_functions(tree, "")) for tree in trees]
        constants = [dict(_list_constants(tree)) for tree in trees]
        new = {name for name, value in constants[1].items() if constants[0].get(name) != value}
        module = _name_module(path)
        changed |= {
            f"{module}:{name}"
            for name, body in functions[1].items()
            if functions[0].get(name) != body or any(repr(each) in body for each in new)
        }
        if len({ast.dump(_Outline().visit(tree)) for tree in trees}) > 1:
            return None
    return frozenset(changed)


def _list_functions(tree: ast.AST, prefix: str) -> Iterator[tuple[str, str]]:
    """Give the bodies of functions and methods by their qualified names."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _list_functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{node.name}", "".join(map(ast.dump, node.body))


def _list_constants(tree: ast.Module) -> Iterator[tuple[str, object]]:
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)):
                yield name, value


class _Outline(ast.NodeTransformer):
    """Leave of a module what is neither the code of a function nor a constant."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.body = []
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.body = []
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        if isinstance(node.value, ast.Constant):
            node.value = ast.Constant(None)
        return node


_COUNTER = "__calls__"


def compile_modules(app: App) -> dict[str, dict[str, Any]]:
    """Compile the modules of an app, by name, such that each function tells that it is called."""
    return {_name_module(path): _compile(path, source) for path, source in app.items()}


def _name_module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


@functools.cache
def _compile(path: str, source: str) -> dict[str, Any]:
    tree = ast.parse(source)
    _count_calls(tree, f"{_name_module(path)}:")
    code = compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)
    return {
        "constants": dict(_list_constants(tree)),
        "counter": _COUNTER,
        "code": base64.b64encode(marshal.dumps(code)).decode(),
    }


def _count_calls(tree: ast.Module | ast.ClassDef, prefix: str) -> None:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            _count_calls(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            called = ast.List([ast.Constant(f"{prefix}{node.name}")], ast.Load())
            call = ast.Call(ast.Name(_COUNTER, ast.Load()), [called], [])
            node.body.insert(0, ast.Expr(call))
