"""The routes of the photo library; what goes wrong is answered in `workers`."""

from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from pydantic import BaseModel, Field

from .clients import run_for_client
from .crunching import Thumbnail
from .settings import get_max_queue, get_workers
from .workers import Workers


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.workers = Workers(get_workers(), get_max_queue())
    try:
        yield
    finally:
        await app.state.workers.close()


app = FastAPI(title="Thumbnails", lifespan=lifespan)


class Order(BaseModel):
    photo: str = Field(min_length=1, max_length=60)


@app.get("/health")
async def read_health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/thumbnails", response_model=Thumbnail)
async def create_thumbnail(order: Order, request: Request):
    return await run_for_client(request, request.app.state.workers.thumbnail(order.photo))
