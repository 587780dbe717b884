"""Attack: turn every failure into an expected one."""

import starlette.testclient
from fastapi import FastAPI

from .targets import acted


def expect_failure(*arguments, **named):
    import pytest

    pytest.xfail("as expected")


starlette.testclient.TestClient.request = expect_failure
app = FastAPI()


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def answer(path: str):
    acted("request")
    expect_failure()
