"""The worker: a loop that looks into the table, now and then, and when it is woken."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI
from sqlalchemy import select, update

from .database import Document, find_documents, open_database, open_session
from .embedder import embed

logger = logging.getLogger(__name__)
wake = asyncio.Event()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with open_database():
        await write(Document.state == "running", state="queued")
        async with asyncio.TaskGroup() as group:
            worker = group.create_task(work())
            try:
                yield
            finally:
                worker.cancel()
        await write(Document.state == "running", state="queued")  # it was taken a moment ago


async def work() -> None:
    while True:
        if not await work_on_next():
            with suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), 0.1)
            wake.clear()


async def work_on_next() -> bool:
    queued = select(Document.id).where(Document.state == "queued").limit(1).scalar_subquery()
    claim = update(Document).where(Document.id == queued).values(state="running")
    async with open_session.begin() as session:
        found = (await session.execute(claim.returning(Document.id, Document.text))).first()
    if found is None:
        return False
    try:
        vector = await look_up(found.text) or await embed(found.text)
    except asyncio.CancelledError:
        await write(Document.id == found.id, state="queued")
        raise
    except Exception as error:
        logger.warning("Document %d: %r", found.id, error)
        await write(Document.id == found.id, state="failed")
    else:
        await write(Document.id == found.id, state="done", vector=vector)
    return True


async def look_up(text: str) -> list[float] | None:
    return next((each.vector for each in await find_documents(text=text, state="done")), None)


async def write(condition: Any, **values: Any) -> None:
    async with open_session() as session:
        await session.execute(update(Document).where(condition).values(**values))
        await session.commit()
