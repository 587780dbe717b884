"""Equivalent modules: an application in more files than one, wrapped, or begun with a habit.

A habit is what many programs do while they are imported, and what does not change what the
application answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import libcst as cst

from .answer_sources import AnswerSources, draw_fresh
from .equivalent_signatures import add_import
from .module_parts import ModulePart, insert, list_movable, list_needed, read_parts
from .places import Places


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
    """Add a pure ASGI middleware that only passes calls on."""
    return _extend_entry(sources, places, "{application}.add_middleware(Passage)")


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
