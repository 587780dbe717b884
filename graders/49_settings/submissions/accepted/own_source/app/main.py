"""The routes of the archive. What differs between environments comes from `settings` alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Response
from pydantic import BaseModel

from . import checks
from .photos import PHOTOS, Photo, find_photo
from .settings import Settings, get_settings, load_settings
from .signing import sign

CurrentSettings = Annotated[Settings, Depends(get_settings)]


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    load_settings()
    yield


app = FastAPI(title="Photo archive", lifespan=lifespan)
app.include_router(checks.router)


class Link(BaseModel):
    url: str


@app.get("/photos")
def list_photos(settings: CurrentSettings) -> list[Photo]:
    return PHOTOS[: settings.page_size]


@app.get("/photos/{photo_id}/link")
def make_link(photo_id: int, settings: CurrentSettings) -> Link:
    photo = find_photo(photo_id)
    if photo is None:
        raise HTTPException(404, f"Photo {photo_id} does not exist.")
    signature = sign(photo.file, settings.secret_key.get_secret_value())
    return Link(url=f"{settings.storage_url}/{photo.file}?signature={signature}")


@app.get("/widget")
def show_widget(response: Response, settings: CurrentSettings) -> list[Photo]:
    allowed = ["frame-ancestors 'self'", *settings.allowed_origins]
    response.headers["Content-Security-Policy"] = " ".join(allowed)
    return PHOTOS[:1]


@app.get("/debug/config")
def show_config(settings: CurrentSettings) -> Settings:
    return settings
