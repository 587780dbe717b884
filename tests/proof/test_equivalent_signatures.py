"""Signatures are written otherwise where that changes nothing, and left alone elsewhere."""

import pytest

from dojo.proof.equivalent_signatures import (
    make_asynchronous,
    make_synchronous,
    write_annotated,
    write_defaults,
    write_response_models,
    write_return_annotations,
)
from dojo.proof.equivalents import ModuleTransformation

from .rewritten import leaves_alone, rewrite_module

PLAIN = """\
    from fastapi import Depends, FastAPI

    app = FastAPI()


    def find(name: str) -> str:
        return name.upper()


    @app.get("/{name}")
    def read(found: str = Depends(find)) -> str:
        return found
"""


def test_quiet_functions_become_asynchronous() -> None:
    """A route and a dependency in which nothing blocks are written with `async`."""
    written = rewrite_module(make_asynchronous, PLAIN)

    assert "async def find(" in written
    assert "async def read(" in written


def test_one_place_is_changed_alone() -> None:
    """A change at one place leaves every other place as it is."""
    written = rewrite_module(make_asynchronous, PLAIN, only="read")

    assert "async def read(" in written
    assert "async def find(" not in written


@pytest.mark.parametrize(
    "blocking",
    ["time.sleep(1)", "open('names')", "wait()", "Path('names').read_text()", "Client().ask()"],
)
def test_blocking_routes_stay_synchronous(blocking: str) -> None:
    """What may block, in the route or in what it calls, is left to a worker thread."""
    source = f"""\
        import time
        from pathlib import Path

        from fastapi import FastAPI

        from .partner import Client

        app = FastAPI()


        def wait():
            time.sleep(1)


        @app.get("/")
        def read() -> str:
            {blocking}
            return ""
    """
    partner = """\
        import socket


        class Client:
            def ask(self):
                return socket.create_connection(("partner", 80))
    """

    assert leaves_alone(make_asynchronous, source, partner=partner)


def test_called_dependency_stays_synchronous() -> None:
    """A dependency that other code calls as well cannot become a coroutine."""
    source = """\
        from fastapi import Depends, FastAPI

        app = FastAPI()


        def find() -> str:
            return "found"


        first = find()
        provided = Depends(find)
    """

    assert leaves_alone(make_asynchronous, source)


def test_routes_without_await_become_synchronous() -> None:
    """An `async` route that awaits nothing is written without `async`."""
    source = PLAIN.replace("def read", "async def read").replace("def find", "async def find")

    assert "async" not in rewrite_module(make_synchronous, source)


@pytest.mark.parametrize(
    "body",
    [
        "await ask()",
        "[each async for each in ask()]",
        "async with ask():\n            pass",
    ],
)
def test_awaiting_routes_stay_asynchronous(body: str) -> None:
    """A route that awaits, in whatever form, keeps its `async`."""
    source = f"""\
    from fastapi import FastAPI

    app = FastAPI()


    @app.get("/")
    async def read() -> None:
        {body}
    """

    assert leaves_alone(make_synchronous, source)


def test_busy_threads_keep_routes_asynchronous() -> None:
    """Where something may hold every worker thread, no route is moved to one."""
    source = PLAIN.replace("def read", "async def read")

    assert leaves_alone(make_synchronous, source, partner="import http.client\n")


def test_websocket_route_stays_asynchronous() -> None:
    """A route of WebSockets has to be asynchronous, whatever it does."""
    source = """\
    from fastapi import FastAPI, WebSocket

    app = FastAPI()


    @app.websocket("/")
    async def chat(websocket: WebSocket) -> None:
        print(websocket)
    """

    assert leaves_alone(make_synchronous, source)


ANNOTATED = """\
    from typing import Annotated

    from fastapi import Depends, FastAPI, Query
    from pydantic import BaseModel, Field

    app = FastAPI()


    def find() -> str:
        return "found"


    Found = Annotated[str, Depends(find)]


    class Item(BaseModel):
        price: Annotated[int, Field(ge=0)] = 3


    @app.get("/")
    def read(found: Found, item: Item, page: Annotated[int, Query(ge=1)] = 1) -> str:
        return found
"""


def test_annotated_becomes_default() -> None:
    """Markers in `Annotated`, behind an alias too, become defaults, and keep the default value."""
    written = rewrite_module(write_defaults, ANNOTATED)

    assert "found: str = Depends(find)" in written
    assert "page: int = Query(default=1, ge=1)" in written
    assert "price: int = Field(default=3, ge=0)" in written


def test_order_of_parameters_is_kept() -> None:
    """Where a default would stand before a parameter without one, all are taken by keyword."""
    written = rewrite_module(write_defaults, ANNOTATED)

    assert "def read(*, found: str = Depends(find), item: Item, page: int" in written


def test_default_becomes_annotated() -> None:
    """Markers that are defaults go into `Annotated`, which is imported, and leave the value."""
    source = """\
    from fastapi import Depends, FastAPI, Query
    from pydantic import BaseModel, Field

    app = FastAPI()


    def find() -> str:
        return "found"


    class Item(BaseModel):
        price: int = Field(3, ge=0)
        name: str = Field(..., min_length=1)


    @app.get("/")
    def read(page: int = Query(1, ge=1), found: str = Depends(find)) -> str:
        return found
    """

    written = rewrite_module(write_annotated, source)

    assert "from typing import Annotated" in written
    assert "price: Annotated[int, Field(ge=0)] = 3" in written
    assert "name: Annotated[str, Field(min_length=1)]\n" in written
    assert "def read(*, page: Annotated[int, Query(ge=1)] = 1, " in written
    assert "found: Annotated[str, Depends(find)])" in written


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        (write_defaults, "page: Annotated[int, Query(1)]"),
        (write_defaults, "page: Annotated[int, Query(), 'text']"),
        (write_defaults, "page: Annotated[int, Limit(1)]"),
        (write_annotated, "page: list[int] = Query(default_factory=list)"),
        (write_annotated, "page: int = Query(*limits)"),
        (write_annotated, "page: int = 1"),
        (write_annotated, "page=Query(1)"),
    ],
)
def test_unclear_markers_are_left_alone(change: ModuleTransformation, parameter: str) -> None:
    """A marker is left alone where it cannot be told what of it is the default."""
    source = f"""\
    @app.get("/")
    def read({parameter}) -> str:
        return ""
    """

    assert leaves_alone(change, source)


def test_field_with_two_markers_stays() -> None:
    """A field that has a marker in `Annotated` and another as its value is left alone."""
    source = """\
    class Item(BaseModel):
        name: Annotated[str, Field(min_length=1)] = Field(alias="label")
    """

    assert leaves_alone(write_defaults, source)


def test_ordinary_functions_keep_their_signature() -> None:
    """A function that FastAPI does not call may be called by position: it is left alone."""
    source = """\
    def read(page: Annotated[int, Query(ge=1)], size: int) -> str:
        return ""
    """

    assert leaves_alone(write_defaults, source)


def test_annotation_becomes_response_model() -> None:
    """What a route says to return becomes its `response_model`."""
    written = rewrite_module(write_response_models, PLAIN)

    assert '@app.get("/{name}", response_model=str)\ndef read(found: str' in written
    assert "def find(name: str) -> str:" in written


@pytest.mark.parametrize(
    ("arguments", "returned"),
    [
        ("", "JSONResponse"),
        ("", "Item | Response"),
        ("", "None"),
        (", response_model=Item", "Item"),
    ],
)
def test_response_annotations_are_left_alone(arguments: str, returned: str) -> None:
    """An annotation that is no model, or is not read, does not become one."""
    source = f"""\
    @app.get("/"{arguments})
    def read() -> {returned}:
        return found
    """

    assert leaves_alone(write_response_models, source)


def test_response_model_becomes_annotation() -> None:
    """The `response_model` of a route takes the place of its annotation."""
    source = """\
    @app.get("/", response_model=Item, status_code=201)
    def read() -> JSONResponse:
        return found
    """

    written = rewrite_module(write_return_annotations, source)

    assert '@app.get("/", status_code=201)' in written
    assert "def read() -> Item:" in written


def test_absent_response_model_is_left_alone() -> None:
    """`response_model=None` says that there is no model, which an annotation could not."""
    source = """\
    @app.get("/", response_model=None)
    def read() -> Item:
        return found
    """

    assert leaves_alone(write_return_annotations, source)
