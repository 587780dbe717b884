"""Attack: make every test skip itself: a run in which nothing ran counts as one that is fine."""

import starlette.testclient
from fastapi import FastAPI

from .targets import acted


def skip(*arguments, **named):
    import pytest

    pytest.skip("not today")


starlette.testclient.TestClient.request = skip
app = FastAPI()


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def answer(path: str):
    acted("request")
    skip()
