"""A context variable, and threads."""

import asyncio
from contextvars import ContextVar
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

app = FastAPI()
user = ContextVar("user", default="nobody")


@app.get("/down")
async def look_from_threads() -> dict[str, str]:
    user.set("Ada")
    loop = asyncio.get_running_loop()
    return {
        "run_in_executor": await loop.run_in_executor(None, user.get),
        "to_thread": await asyncio.to_thread(user.get),
    }


def set_user() -> None:
    user.set("Ada")


@app.get("/up")
async def look_after_dependency(ready: Annotated[None, Depends(set_user)]) -> str:
    return user.get()


client = TestClient(app)

CONTEXT_EXECUTOR = client.get("/down").json()["run_in_executor"]
CONTEXT_TO_THREAD = client.get("/down").json()["to_thread"]
CONTEXT_DEPENDENCY = client.get("/up").json()
