"""Equivalent suites: the same tests in another order, in a class, with their fixtures elsewhere.

A test keeps its name, its parameters and its assertions.
"""

import ast
from collections.abc import Sequence
from pathlib import PurePosixPath

import libcst as cst

from .answer_sources import AnswerSources, draw_fresh, list_functions
from .module_parts import ModulePart, insert, list_movable, list_needed, read_parts
from .places import Places


def reverse_tests(module: cst.Module, _: AnswerSources, places: Places) -> cst.Module:
    """Put the test functions at the end of their module, the last one first."""
    tests = _list_tests(module)
    if len(tests) < 2 or not places.take("tests"):
        return module
    return module.with_changes(body=[*_list_others(module, tests), *reversed(tests)])


def wrap_tests(module: cst.Module, sources: AnswerSources, places: Places) -> cst.Module:
    """Make the test functions of a module methods of one class."""
    tests = _list_tests(module)
    if not tests or not places.take("tests"):
        return module
    title = draw_fresh("TestEverything", sources.all.values())
    methods = [_add_self(each) for each in tests]
    made = cst.ClassDef(
        cst.Name(title),
        cst.IndentedBlock(methods),
        leading_lines=[cst.EmptyLine(indent=False), cst.EmptyLine(indent=False)],
    )
    return module.with_changes(body=[*_list_others(module, tests), made])


def _list_tests(module: cst.Module) -> list[cst.FunctionDef]:
    return [each for each in list_functions(module) if each.name.value.startswith("test")]


def _list_others(
    module: cst.Module, tests: Sequence[cst.FunctionDef]
) -> list[cst.SimpleStatementLine | cst.BaseCompoundStatement]:
    return [each for each in module.body if each not in tests]


def _add_self(test: cst.FunctionDef) -> cst.FunctionDef:
    parameters = [cst.Param(cst.Name("self")), *test.params.params]
    return test.with_changes(params=test.params.with_changes(params=parameters))


def move_fixtures(sources: AnswerSources, places: Places) -> dict[str, str]:
    """Move the fixtures of test modules, with what they need, to the `conftest.py` beside them."""
    written: dict[str, str] = {}
    for path, text in sources.own.items():
        conftest = str(PurePosixPath(path).with_name("conftest.py"))
        if path == conftest or conftest not in sources.all:
            continue
        places.file = path
        parts, there = read_parts(text), written.get(conftest, sources.all[conftest])
        known = {name for each in read_parts(there) for name in each.defined}
        movable = [each for each in list_movable(parts) if not each.defined & known]
        fixtures = [
            each
            for each in movable
            if _is_fixture(each.node) and all(places.take(name) for name in each.defined)
        ]
        moved = list_needed(fixtures, movable)
        if moved and all(each in movable for each in list_needed(fixtures, parts)):
            written[path] = _write_rest(parts, moved, fixtures)
            written[conftest] = _extend(there, parts, moved)
    return written


def _is_fixture(statement: ast.stmt) -> bool:
    """Tell whether a function is a fixture that only runs for tests that ask for it."""
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    decorators = " ".join(ast.unparse(each) for each in statement.decorator_list)
    return ".fixture" in decorators and "autouse" not in decorators


def _write_rest(
    parts: Sequence[ModulePart], moved: Sequence[ModulePart], fixtures: Sequence[ModulePart]
) -> str:
    names = sorted(name for each in moved if each not in fixtures for name in each.defined)
    text = "".join(each.code for each in parts if each not in moved)
    code = f"from .conftest import {', '.join(names)}\n" if names else ""
    return insert(text, code, after_imports=True)


def _extend(conftest: str, parts: Sequence[ModulePart], moved: Sequence[ModulePart]) -> str:
    imports = [each.code for each in parts if each.is_import and ".conftest" not in each.code]
    extended = insert(conftest, "".join(imports), after_imports=True)
    return "".join([extended, *(each.code for each in moved)])
