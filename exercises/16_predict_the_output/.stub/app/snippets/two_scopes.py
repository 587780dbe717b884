"""One dependency, three times, in two scopes."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

app = FastAPI()
opened: list[str] = []


def open_session() -> Iterator[str]:
    opened.append("session")
    yield f"session {len(opened)}"


@app.get("/sessions")
def read_sessions(
    one: Annotated[str, Depends(open_session)],
    other: Annotated[str, Depends(open_session, scope="function")],
    last: Annotated[str, Depends(open_session, scope="request")],
) -> dict[str, bool]:
    return {"same": one == last}


SCOPES_SAME = TestClient(app).get("/sessions").json()["same"]
SCOPES_OPENED = len(opened)
