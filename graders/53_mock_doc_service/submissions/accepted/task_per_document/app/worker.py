"""The worker: each document has a task, and a lock lets one of them go on."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import select

from .database import Document, open_database, open_session
from .embedder import embed

logger = logging.getLogger(__name__)


class Worker:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.tasks: set[asyncio.Task[None]] = set()

    def add(self, number: int) -> None:
        task = asyncio.create_task(self._wait_for_turn(number))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        async with open_database(), self._run():
            yield

    @asynccontextmanager
    async def _run(self) -> AsyncIterator[None]:
        for number in await self._hand_back():
            self.add(number)
        yield
        tasks = list(self.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._hand_back()

    async def _hand_back(self) -> list[int]:
        query = select(Document).where(Document.state.in_(("queued", "running")))
        async with open_session() as session:
            documents = (await session.scalars(query)).all()
            for document in documents:
                document.state = "queued"
            await session.commit()
            return [document.id for document in documents]

    async def _wait_for_turn(self, number: int) -> None:
        async with self.lock:
            try:
                await self._embed(number)
            except Exception:
                logger.exception("Document %d", number)
                async with open_session() as session:
                    document = await session.get_one(Document, number)
                    document.state = "failed"
                    await session.commit()

    async def _embed(self, number: int) -> None:
        async with open_session() as session:
            document = await session.get_one(Document, number)
            same = select(Document.vector).where(Document.text == document.text)
            vector = await session.scalar(same.where(Document.vector.is_not(None)).limit(1))
            document.state = "running"
            await session.commit()  # gives the connection back while the embedder works
            document.vector = await embed(document.text) if vector is None else vector
            document.state = "done"
            await session.commit()


worker = Worker()
