"""Equivalent modules: the same statements in other files, in another order, or in a wrapping.

Applications are spread over files, wrapped, or begun with a habit; tests, which keep their names,
parameters and assertions, are put in a class, with their fixtures elsewhere; literals are spelled
otherwise. A habit is what many programs do while they are imported, and what does not change what
the application answers.
"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import libcst as cst
import libcst.matchers as m

from .answer_sources import (
    AnswerSources,
    ModulePart,
    Places,
    draw_fresh,
    insert,
    list_functions,
    list_movable,
    list_needed,
    read_parts,
)
from .equivalent_signatures import add_import


def move_helpers(sources: AnswerSources, places: Places) -> dict[str, str]:
    """Move functions and classes that need nothing but each other to a module of their own."""
    written = {}
    for path, text in sources.own.items():
        places.file = path
        parts = read_parts(text)
        moved = _choose_moved(parts, places)
        if moved:
            name = draw_fresh(f"{PurePosixPath(path).stem}_parts", sources.all.values())
            written[path] = _write_rest(parts, moved, name)
            written[str(PurePosixPath(path).with_name(f"{name}.py"))] = _write_moved(parts, moved)
    return written


def _choose_moved(parts: Sequence[ModulePart], places: Places) -> list[ModulePart]:
    movable = list_movable(parts)
    chosen = [
        each
        for each in movable
        if each.is_definition and all(places.take(name) for name in each.defined)
    ]
    return list_needed(chosen, movable)


def _write_moved(parts: Sequence[ModulePart], moved: Sequence[ModulePart]) -> str:
    return "".join(each.code for each in parts if each.is_import or each in moved)


def _write_rest(parts: Sequence[ModulePart], moved: Sequence[ModulePart], name: str) -> str:
    names = sorted(name for each in moved for name in each.defined)
    text = "".join(each.code for each in parts if each not in moved)
    return insert(text, f"from .{name} import {', '.join(names)}\n", after_imports=True)


def import_absolutely(module: cst.Module, _: AnswerSources, places: Places) -> cst.Module:
    """Write `from app.items import Item` for `from .items import Item`."""
    package = PurePosixPath(places.file).parent.parts
    written = module.visit(_AbsoluteImporter(package))
    return module if written.deep_equals(module) or not places.take("imports") else written


class _AbsoluteImporter(cst.CSTTransformer):
    def __init__(self, package: Sequence[str]) -> None:
        self._package = package

    def leave_ImportFrom(self, _: cst.ImportFrom, updated: cst.ImportFrom) -> cst.ImportFrom:
        level = len(updated.relative)
        if not level:
            return updated
        names = list(self._package[: len(self._package) - level + 1])
        names += [cst.Module([]).code_for_node(updated.module)] if updated.module else []
        source = cst.parse_expression(".".join(names))
        return updated.with_changes(relative=(), module=source)


def wrap_application(sources: AnswerSources, places: Places) -> dict[str, str]:
    """Put an ASGI application that only passes calls on in the place of the application."""
    return _extend_entry(sources, places, "{application} = Passage({application})")


def add_middleware(sources: AnswerSources, places: Places) -> dict[str, str]:
    """Add a pure ASGI middleware that only passes calls on.

    An application that is a wrapper around another one cannot take it.
    """
    if _is_wrapper(sources):
        return {}
    return _extend_entry(sources, places, "{application}.add_middleware(Passage)")


def _is_wrapper(sources: AnswerSources) -> bool:
    """Tell whether the application is made of another one: `FastAPI` takes keywords alone."""
    made = m.Call(args=[m.Arg(keyword=None, star=""), m.ZeroOrMore()])
    named = m.Assign([m.AssignTarget(m.Name(sources.application))], made)
    text = sources.own.get(sources.entry, "")
    return bool(m.findall(cst.parse_module(text), named))


_PASSAGE = '''

class Passage:
    """Pass every call on as it is."""

    def __init__(self, inner):
        self.inner = inner

    async def __call__(self, scope, receive, send):
        await self.inner(scope, receive, send)


'''


def _extend_entry(sources: AnswerSources, places: Places, line: str) -> dict[str, str]:
    text = sources.own.get(sources.entry)
    places.file = sources.entry
    if text is None or "Passage" in text or not places.take(sources.application):
        return {}
    last = line.format(application=sources.application)
    return {sources.entry: f"{text}{_PASSAGE}{last}\n"}


def postpone_annotations(sources: AnswerSources, places: Places) -> dict[str, str]:
    """Begin modules with `from __future__ import annotations`.

    FastAPI then reads them of functions, and not of objects with `__call__`.
    """
    written = {}
    for path, text in sources.own.items():
        places.file = path
        if "__call__" in text or "__future__" in text or not places.take("annotations"):
            continue
        module = add_import(cst.parse_module(text), "__future__", "annotations")
        written[path] = module.code
    return written


@dataclass(frozen=True)
class Habit:
    """What programs do while they are imported; `__call__` is the transformation that adds it."""

    name: str
    code: str

    def __call__(self, sources: AnswerSources, places: Places) -> dict[str, str]:
        """Begin one module with the habit: that of the application, if it is the answer's."""
        path = next((each for each in (sources.entry, *sources.own) if each in sources.own), None)
        if path is None:
            return {}
        places.file = path
        places.take("import")
        return {path: insert(sources.own[path], self.code)}


HABITS: Sequence[Habit] = (
    Habit(
        "wrap_standard_output",
        "import io as _io\n"
        "import sys as _sys\n"
        '_sys.stdout = _io.TextIOWrapper(_sys.stdout.buffer, encoding="utf-8")\n'
        'print("The application starts.")\n',
    ),
    Habit(
        "ask_for_loop",
        "import asyncio as _asyncio\n_loop = _asyncio.get_event_loop()\n",
    ),
    Habit(
        "make_process_lock",
        "import multiprocessing as _multiprocessing\n_lock = _multiprocessing.Lock()\n",
    ),
    Habit(
        "share_value",
        "import multiprocessing as _multiprocessing\n"
        '_total = _multiprocessing.Value("i", 0)\n'
        '_names = _multiprocessing.Array("c", 64)\n',
    ),
    Habit(
        "make_process_pool",
        "from concurrent.futures import ProcessPoolExecutor as _ProcessPoolExecutor\n"
        "_pool = _ProcessPoolExecutor(2)\n",
    ),
    Habit(
        "make_thread_pool",
        "from concurrent.futures import ThreadPoolExecutor as _ThreadPoolExecutor\n"
        "_pool = _ThreadPoolExecutor(2)\n",
    ),
    Habit(
        "start_thread",
        "import threading as _threading\n"
        "_stopped = _threading.Event()\n"
        "_threading.Thread(target=_stopped.wait, daemon=True).start()\n",
    ),
    Habit(
        "disable_logging",
        "import logging as _logging\n_logging.disable(_logging.CRITICAL)\n",
    ),
    Habit(
        "configure_logging",
        "import logging.config as _config\n"
        '_config.dictConfig({"version": 1, "disable_existing_loggers": True})\n',
    ),
    Habit(
        "replace_log_handlers",
        "import logging as _logging\n"
        "_logging.root.handlers.clear()\n"
        "_logging.basicConfig(level=_logging.DEBUG, force=True)\n",
    ),
    Habit(
        "quiet_loggers",
        "import logging as _logging\n"
        'for _name in ("kata", "sqlalchemy.engine", "sqlalchemy.pool", "uvicorn", "asyncio"):\n'
        "    _logging.getLogger(_name).setLevel(_logging.ERROR)\n",
    ),
    Habit(
        "extend_log_records",
        "import logging as _logging\n"
        "class _Record(_logging.LogRecord):\n"
        '    request_id = "-"\n'
        "_logging.setLogRecordFactory(_Record)\n",
    ),
    Habit(
        "log_warnings",
        "import logging as _logging\n"
        "import warnings as _warnings\n"
        '_warnings.simplefilter("ignore")\n'
        "_logging.captureWarnings(True)\n",
    ),
    Habit(
        "find_crashes",
        "import faulthandler as _faulthandler\n_faulthandler.enable()\n",
    ),
    Habit(
        "stop_collecting",
        "import gc as _gc\n_gc.collect()\n_gc.freeze()\n_gc.disable()\n",
    ),
    Habit(
        "ask_for_user",
        "import getpass as _getpass\n_user = _getpass.getuser()\n",
    ),
    Habit(
        "handle_signal",
        "import signal as _signal\n_signal.signal(_signal.SIGINT, _signal.default_int_handler)\n",
    ),
    Habit(
        "seed_random",
        "import random as _random\n_random.seed(7)\n",
    ),
)


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
            written[path] = _write_tests(parts, moved, fixtures)
            written[conftest] = _extend(there, parts, moved)
    return written


def _is_fixture(statement: ast.stmt) -> bool:
    """Tell whether a function is a fixture that only runs for tests that ask for it."""
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    decorators = " ".join(ast.unparse(each) for each in statement.decorator_list)
    return ".fixture" in decorators and "autouse" not in decorators


def _write_tests(
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


_LITERAL = m.SimpleStatementLine([m.Assign([m.AssignTarget(m.Name())])])


def respell_texts(module: cst.Module, _: AnswerSources, places: Places) -> cst.Module:
    """Write texts in the other quotes."""
    return module.visit(_TextSpeller()) if places.take("texts") else module


class _TextSpeller(cst.CSTTransformer):
    def leave_SimpleString(
        self, _: cst.SimpleString, updated: cst.SimpleString
    ) -> cst.SimpleString:
        inner = updated.raw_value
        if updated.prefix or len(updated.quote) > 1 or any(each in inner for each in "'\"\\"):
            return updated
        other = "'" if updated.quote == '"' else '"'
        return updated.with_changes(value=f"{other}{inner}{other}")


def respell_numbers(module: cst.Module, _: AnswerSources, places: Places) -> cst.Module:
    """Write whole numbers with the base 16."""
    return module.visit(_NumberSpeller()) if places.take("numbers") else module


class _NumberSpeller(cst.CSTTransformer):
    def leave_Integer(self, _: cst.Integer, updated: cst.Integer) -> cst.Integer:
        return updated.with_changes(value=hex(updated.evaluated_value))


def reverse_answers(module: cst.Module, _: AnswerSources, places: Places) -> cst.Module:
    """Write the answers in the opposite order, below everything else."""
    plain = [each for each in module.body if _is_plain(each)]
    needed = {name for each in module.body if each not in plain for name in _list_names(each)}
    answers = [each for each in plain if not needed & _list_names(each)]
    if len(answers) < 2 or not places.take("answers"):
        return module
    others = [each for each in module.body if each not in answers]
    return module.with_changes(body=[*others, *reversed(answers)])


def _is_plain(statement: cst.CSTNode) -> bool:
    """Tell whether a statement gives one name a value in which no other name stands."""
    return m.matches(statement, _LITERAL) and len(_list_names(statement)) == 1


def _list_names(statement: cst.CSTNode) -> set[str]:
    names = {cst.ensure_type(each, cst.Name).value for each in m.findall(statement, m.Name())}
    return names - {"True", "False", "None"}


def annotate_answers(module: cst.Module, _: AnswerSources, places: Places) -> cst.Module:
    """Write `name: object = value`."""
    return module.visit(_Annotator()) if places.take("annotations") else module


class _Annotator(cst.CSTTransformer):
    def visit_FunctionDef(self, _: cst.FunctionDef) -> bool:
        return False

    def leave_Assign(self, _: cst.Assign, updated: cst.Assign) -> cst.Assign | cst.AnnAssign:
        if len(updated.targets) > 1 or not isinstance(updated.targets[0].target, cst.Name):
            return updated
        name = updated.targets[0].target
        return cst.AnnAssign(name, cst.Annotation(cst.Name("object")), updated.value)
