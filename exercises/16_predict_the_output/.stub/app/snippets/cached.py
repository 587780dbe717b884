"""One dependency, reached in two ways."""

from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

app = FastAPI()
calls = 0


def count_calls() -> int:
    global calls
    calls += 1
    return calls


Count = Annotated[int, Depends(count_calls)]


def double(count: Count) -> int:
    return 2 * count


@app.get("/count")
def read_count(count: Count, doubled: Annotated[int, Depends(double)]) -> dict[str, int]:
    return {"count": count, "doubled": doubled}


client = TestClient(app)

CACHED_FIRST = client.get("/count").json()
CACHED_SECOND = client.get("/count").json()
