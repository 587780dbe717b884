"""The routes of the photo library."""

from fastapi import FastAPI
from pydantic import BaseModel, Field

from . import health
from .crunching import Thumbnail
from .workers import Workers

app = FastAPI(title="Thumbnails")
app.include_router(health.router)
workers = Workers()


class Order(BaseModel):
    photo: str = Field(min_length=1, max_length=60)


@app.post("/thumbnails")
async def create_thumbnail(order: Order) -> Thumbnail:
    # TODO 3: what goes wrong is a 500 today, and a lost worker takes the server along.
    return await workers.crunch(order.photo)
