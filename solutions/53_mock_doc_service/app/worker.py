"""The worker: the queue is the table, and whoever queues a document only wakes the worker."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from .database import Document, change_documents, find_documents, open_database
from .embedder import embed

wake = asyncio.Event()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with open_database():
        await change_documents({"state": "queued"}, state="running")
        worker = asyncio.create_task(work())
        yield
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker
        await change_documents({"state": "queued"}, state="running")


async def work() -> None:
    while True:
        wake.clear()  # before the look: what is queued after it wakes us again
        for document in await find_documents(state="queued"):
            await process(document)
        await wake.wait()


async def process(document: Document) -> None:
    await change_documents({"state": "running"}, id=document.id)
    try:
        same = await find_documents(text=document.text, state="done")
        vector = same[0].vector if same else await embed(document.text)
    except Exception:
        logging.getLogger(__name__).exception("Document %d was not embedded.", document.id)
        await change_documents({"state": "failed"}, id=document.id)
    else:
        await change_documents({"state": "done", "vector": vector}, id=document.id)
