"""An application is spread over files, wrapped and begun with habits, and stays what it is."""

import subprocess
import sys
from pathlib import Path

import libcst as cst
import pytest

from dojo.proof.answer_sources import AnswerSources, Places
from dojo.proof.equivalent_modules import (
    HABITS,
    Habit,
    add_middleware,
    import_absolutely,
    move_helpers,
    postpone_annotations,
    wrap_application,
)

from .rewritten import MAIN, rewrite_files, rewrite_module

SOURCE = '''\
    """A shop."""

    from fastapi import FastAPI

    LIMIT = 3
    app = FastAPI()


    class Item:
        limit: int = LIMIT


    def find() -> Item:
        return Item()


    def start() -> str:
        return app.title


    @app.get("/")
    def read() -> str:
        return find().name
'''


def test_helpers_move_with_what_they_need() -> None:
    """Functions and classes move to a module of their own, with the constants that they need."""
    written = rewrite_files(move_helpers, SOURCE)

    parts = written["app/main_parts.py"]
    assert "from .main_parts import Item, LIMIT, find\n" in written[MAIN]
    assert parts.index("LIMIT = 3") < parts.index("class Item") < parts.index("def find")
    assert "class Item" not in written[MAIN]


def test_comprehension_defines_nothing() -> None:
    """A constant that loops moves under its own name: nobody can import what loops in it."""
    source = "    KINDS = list(k for k in 'ab')\n\n    def find() -> str:\n        return KINDS\n"
    written = rewrite_files(move_helpers, source)

    assert "from .main_parts import KINDS, find\n" in written[MAIN]


def test_what_needs_application_stays() -> None:
    """Routes, and whatever else names the application, stay where it is made."""
    written = rewrite_files(move_helpers, SOURCE)

    assert "def read(" in written[MAIN]
    assert "def start(" in written[MAIN]
    assert "app = FastAPI()" in written[MAIN]


@pytest.mark.parametrize(
    "source",
    [
        "    def find() -> str:\n        return __name__\n",
        "    count = 0\n\n\n    def find() -> None:\n        global count\n        count = 1\n",
        "    def find() -> int:\n        return 1\n\n\n    def find() -> int:\n        return 2\n",
        "    def find() -> int: return 1; x = 2\n    a = 1; b = 2\n",
    ],
)
def test_what_means_more_than_itself_stays(source: str) -> None:
    """A module's own name, variables that are set, and what is defined twice are left alone."""
    assert rewrite_files(move_helpers, source) == {}


def test_new_module_takes_free_name() -> None:
    """A file that is there already is never replaced."""
    written = rewrite_files(move_helpers, SOURCE + "    # not main_parts\n")

    assert "app/main_parts_2.py" in written


def test_relative_imports_become_absolute() -> None:
    """The package that dots mean is named; other imports stay."""
    source = """\
        import json

        from fastapi import FastAPI

        from . import gateway
        from .models.items import Item
    """

    written = rewrite_module(import_absolutely, source)

    assert "from app import gateway\nfrom app.models.items import Item\n" in written
    assert "import json\n\nfrom fastapi import FastAPI\n" in written


def test_outer_package_becomes_absolute() -> None:
    """Two dots mean the package around the module's own."""
    module = cst.parse_module("from ..main import app\nfrom .conftest import Mailbox\n")
    places = Places(file="app/tests/test_shop.py")

    written = import_absolutely(module, AnswerSources({}, {}), places).code

    assert written == "from app.main import app\nfrom app.tests.conftest import Mailbox\n"


def test_application_is_wrapped() -> None:
    """The wrapper takes the application's name, or is added to it."""
    assert rewrite_files(wrap_application, SOURCE)[MAIN].endswith("\napp = Passage(app)\n")
    assert rewrite_files(add_middleware, SOURCE)[MAIN].endswith("\napp.add_middleware(Passage)\n")


def test_wrapper_takes_no_middleware() -> None:
    """An application that is made of another one is wrapped, and nothing is added to it."""
    wrapper = SOURCE.replace("app = FastAPI()", "app = Gate(FastAPI(), open=True)")

    assert rewrite_files(wrap_application, wrapper)[MAIN].endswith("\napp = Passage(app)\n")
    assert rewrite_files(add_middleware, wrapper) == rewrite_files(lambda *_: {}, wrapper)


def test_annotations_are_postponed() -> None:
    """The import from the future stands below the docstring and above everything else."""
    lines = rewrite_files(postpone_annotations, SOURCE)[MAIN].splitlines()

    assert lines[:2] == ['"""A shop."""', "from __future__ import annotations"]


def test_annotations_of_callable_objects_stay() -> None:
    """FastAPI cannot look up the postponed annotations of an object that is called."""
    source = (
        "    class Find:\n        def __call__(self, name: str) -> str:\n            return name\n"
    )

    assert rewrite_files(postpone_annotations, source) == {}


@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: habit.name)
def test_habit_works_by_itself(habit: Habit, tmp_path: Path) -> None:
    """A module that begins with a habit is imported as before, on any machine."""
    text = rewrite_files(habit, '    """A shop."""\n\n    import sys\n\n    title = "Shop"\n')[MAIN]
    (tmp_path / "shop.py").write_text(text)
    command = "import asyncio, shop\nasync def main(): return shop.title\nasyncio.run(main())"

    ran = subprocess.run([sys.executable, "-c", command], cwd=tmp_path, capture_output=True)

    assert text.startswith('"""A shop."""\n')
    assert ran.returncode == 0, ran.stderr.decode()
