"""When a dependency is cleaned up after a request that was refused."""

from collections.abc import Iterator

from fastapi import Depends, FastAPI, HTTPException
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


def open_simply() -> Iterator[None]:
    events.append("enter")
    yield
    events.append("exit")


@app.get("/request", dependencies=[Depends(open_session)])
@app.get("/function", dependencies=[Depends(open_session, scope="function")])
@app.get("/simple", dependencies=[Depends(open_simply)])
def refuse() -> None:
    events.append("route")
    raise HTTPException(409)


def visit(path: str) -> list[str]:
    events.clear()
    TestClient(app).get(path)
    return list(events)


ERROR_REQUEST = visit("/request")
ERROR_FUNCTION = visit("/function")
ERROR_SIMPLE = visit("/simple")
