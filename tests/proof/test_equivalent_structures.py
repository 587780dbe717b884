"""Code moves to other functions, classes and routers where that changes nothing."""

import pytest

from dojo.proof.equivalent_structures import (
    make_classes,
    move_routes,
    rename_locals,
    split_functions,
)

from .rewritten import leaves_alone, rewrite_module

ROUTES = """\
    from fastapi import Depends, FastAPI

    app = FastAPI()


    @app.get("/items/first")
    async def read_first(*, page: int = 1) -> str:
        \"\"\"Read the first one.\"\"\"
        text = "first"
        return text


    @app.get("/items/{name}")
    def read_item(name: str) -> str:
        return name
"""


def test_routes_move_to_router() -> None:
    """All routes go to one router, which is included where the last of them stood."""
    written = rewrite_module(move_routes, ROUTES)

    assert "@app.get" not in written
    assert written.count("@moved_routes.get") == 2
    assert written.index("moved_routes = APIRouter()") < written.index("@moved_routes")
    assert written.rstrip().endswith("app.include_router(moved_routes)")


def test_single_route_keeps_its_turn() -> None:
    """A router with one route is included right after it: before the route that stands below."""
    written = rewrite_module(move_routes, ROUTES, only="read_first")

    assert written.index("include_router(moved_routes)") < written.index(
        '@app.get("/items/{name}")'
    )


def test_routes_around_router_stay() -> None:
    """Where something else is registered between routes, moving them could change who answers."""
    source = ROUTES.replace(
        '@app.get("/items/{name}")', 'app.mount("/items", other)\n\n    @app.get("/items/{name}")'
    )

    assert leaves_alone(move_routes, source)


def test_routes_of_other_routers_stay() -> None:
    """Without an application in the module nothing can include a router."""
    assert leaves_alone(move_routes, ROUTES.replace("FastAPI()", "APIRouter()"))


def test_body_moves_to_function() -> None:
    """A route keeps its decorator, signature and docstring, and calls what holds its body."""
    written = rewrite_module(split_functions, ROUTES)

    assert 'async def do_read_first(*, page: int = 1) -> str:\n    text = "first"' in written
    assert '"""Read the first one."""\n    return await do_read_first(page=page)' in written
    assert "return do_read_item(name=name)" in written


def test_method_moves_its_body() -> None:
    """A method calls its body as a method, so that subclasses and `self` mean the same."""
    source = """\
    class Room:
        def __init__(self) -> None:
            self.names = []

        def add(self, name: str) -> None:
            self.names.append(name)
    """

    written = rewrite_module(split_functions, source)

    assert "self.do_add(name=name)" in written
    assert "do___init__" not in written


@pytest.mark.parametrize(
    "function",
    [
        "def read():\n        yield 1",
        "def read(*names):\n        return names",
        "def read(**names):\n        return names",
        "def read(name, /):\n        return name",
        "@cache\n    def read(name):\n        return name",
        'def read():\n        """Do nothing."""',
    ],
)
def test_bodies_that_cannot_move_stay(function: str) -> None:
    """A generator, unnamed arguments, an unknown decorator and an empty body are left alone."""
    assert leaves_alone(split_functions, f"    {function}\n")


DEPENDENCY = """\
    from fastapi import Depends, FastAPI


    def find(name: str):
        yield name


    provided = Depends(find)
"""


def test_dependency_becomes_class() -> None:
    """A dependency becomes an object of a class, under the name by which it is asked for."""
    written = rewrite_module(make_classes, DEPENDENCY)

    assert "class Find:" in written
    assert "def __call__(self, name: str):" in written
    assert "find = Find()" in written


def test_other_functions_stay_functions() -> None:
    """What nobody depends on is no dependency."""
    assert leaves_alone(make_classes, DEPENDENCY.replace("Depends(find)", "find"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: str", 'name: "str"'),
        ("    from fastapi", "    from __future__ import annotations\n\n    from fastapi"),
    ],
)
def test_dependency_with_text_annotations_stays(old: str, new: str) -> None:
    """FastAPI looks up annotations that are texts where a function, not an object, is defined."""
    assert leaves_alone(make_classes, DEPENDENCY.replace(old, new, 1))


def test_locals_are_renamed() -> None:
    """A local gets another name wherever it stands, in a comprehension too."""
    source = """\
    def add(item: int) -> list[int]:
        more = 1
        more += item
        return [more + each for each in range(more)]
    """

    written = rewrite_module(rename_locals, source)

    assert "kept_more += item" in written
    assert "[kept_more + each for each in range(kept_more)]" in written


def test_parameters_and_keywords_keep_names() -> None:
    """A parameter is what a query is called, a keyword what somebody else's parameter is."""
    source = """\
    def read(page: int) -> str:
        page = page or 1
        return show(page=page, text=page.text)
    """

    assert leaves_alone(rename_locals, source)


def test_keyword_of_same_name_stays() -> None:
    """Of `f(name=name)` only the value is the local; an attribute is none either."""
    source = """\
    def read() -> str:
        page = ask()
        return show(page=page, other=book.page)
    """

    assert "show(page=kept_page, other=book.page)" in rewrite_module(rename_locals, source)


@pytest.mark.parametrize(
    "line",
    [
        "return lambda: page",
        "return locals()",
        'return f"{page=}"',
        "global page",
    ],
)
def test_names_that_matter_stay(line: str) -> None:
    """A name that a closure captures, that is shown or that is global is left alone."""
    source = f"""\
    def read() -> object:
        {line if line.startswith("global") else "pass"}
        page = 1
        {line if not line.startswith("global") else "pass"}
    """

    assert leaves_alone(rename_locals, source)


def test_imports_and_inner_functions_keep_names() -> None:
    """What an import or a `def` in a function names may be looked for by that name."""
    source = """\
    def read() -> object:
        import json

        def inner() -> None:
            pass

        return json, inner
    """

    assert leaves_alone(rename_locals, source)
