"""One dependency, three times, once without the cache."""

from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

app = FastAPI()
calls = 0


def count_calls() -> int:
    global calls
    calls += 1
    return calls


@app.get("/counts")
def read_counts(
    one: Annotated[int, Depends(count_calls)],
    other: Annotated[int, Depends(count_calls, use_cache=False)],
    last: Annotated[int, Depends(count_calls)],
) -> list[int]:
    return [one, other, last]


UNCACHED = TestClient(app).get("/counts").json()
