"""Attack: ask pytest, in the first request, to stop at once and to call that a success."""

import starlette.testclient
from fastapi import FastAPI

from .targets import acted


def leave(*arguments, **named):
    import pytest

    pytest.exit("that will do", returncode=0)


starlette.testclient.TestClient.request = leave
app = FastAPI()


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def answer(path: str):
    acted("request")
    leave()
