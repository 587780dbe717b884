"""The routes of the photo library."""

import asyncio
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from .crunching import Thumbnail, UnreadablePhoto
from .settings import RETRY_AFTER, get_max_queue, get_workers
from .workers import Job, NoPlace, WorkerLost, Workers


@asynccontextmanager
async def lifespan(_):
    workers = Workers(get_workers(), get_max_queue())
    yield {"workers": workers}
    await workers.close()


app = FastAPI(title="Thumbnails", lifespan=lifespan)


@app.exception_handler(NoPlace)
async def answer_no_place(_: Request, __: Exception) -> JSONResponse:
    headers = {"Retry-After": str(RETRY_AFTER)}
    return JSONResponse({"detail": "All workers are busy."}, 503, headers)


@app.exception_handler(WorkerLost)
async def answer_lost(_: Request, __: Exception) -> JSONResponse:
    return JSONResponse({"detail": "The worker was lost."}, 503)


@app.exception_handler(UnreadablePhoto)
async def answer_unreadable(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 422)


class Order(BaseModel):
    photo: str = Field(min_length=1, max_length=60)


async def put_job(order: Order, request: Request) -> Job:
    return await request.state.workers.put(order.photo)


@app.get("/health")
async def read_health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/thumbnails")
async def create_thumbnail(job: Annotated[Job, Depends(put_job)], request: Request) -> Thumbnail:
    while not job.done.done():
        await asyncio.wait([job.done], timeout=0.5)
        if not job.done.done() and await request.is_disconnected():
            await request.state.workers.remove(job)
            raise HTTPException(499)
    return await job.done
