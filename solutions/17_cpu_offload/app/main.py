"""The routes of the photo library, and what becomes of a crunch that fails."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel, Field

from . import health
from .clients import run_for_client
from .crunching import Thumbnail, UnreadablePhoto
from .settings import RETRY_AFTER, get_max_queue, get_workers
from .workers import NoPlace, WorkerLost, Workers


@asynccontextmanager
async def open_workers(_: FastAPI) -> AsyncIterator[dict[str, Workers]]:
    workers = Workers(get_workers(), get_max_queue())
    yield {"workers": workers}
    workers.close()


app = FastAPI(title="Thumbnails", lifespan=open_workers)
app.include_router(health.router)


class Order(BaseModel):
    photo: str = Field(min_length=1, max_length=60)


@app.post("/thumbnails")
async def create_thumbnail(order: Order, request: Request) -> Thumbnail:
    try:
        return await run_for_client(request, request.state.workers.crunch(order.photo))
    except UnreadablePhoto as error:
        raise HTTPException(422, str(error)) from None
    except NoPlace:
        later = {"Retry-After": str(RETRY_AFTER)}
        raise HTTPException(503, "All workers are busy.", later) from None
    except WorkerLost:
        raise HTTPException(503, "The worker was lost.") from None
