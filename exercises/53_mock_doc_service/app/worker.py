"""The worker: it embeds what is queued, one document at a time, for as long as the app runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from .database import open_database


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    # TODO 4: what has the last process left unfinished? What does this one leave?
    async with open_database():
        yield


async def work() -> None:
    # TODO 3: nobody calls this yet.
    ...
