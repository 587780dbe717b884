"""When a dependency is cleaned up after a request that went well."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import BackgroundTasks, Depends, FastAPI
from fastapi.testclient import TestClient

from ..witness import Witness

app = FastAPI()
events: list[str] = []
app.add_middleware(Witness, events=events)


def open_session() -> Iterator[None]:
    events.append("enter")
    try:
        yield
    finally:
        events.append("exit")


@app.get("/request")
def use_request_scope(
    session: Annotated[None, Depends(open_session)], tasks: BackgroundTasks
) -> None:
    tasks.add_task(events.append, "background")
    events.append("route")


@app.get("/function")
def use_function_scope(
    session: Annotated[None, Depends(open_session, scope="function")], tasks: BackgroundTasks
) -> None:
    tasks.add_task(events.append, "background")
    events.append("route")


def visit(path: str) -> list[str]:
    events.clear()
    TestClient(app).get(path)
    return list(events)


EXIT_REQUEST = visit("/request")
EXIT_FUNCTION = visit("/function")
