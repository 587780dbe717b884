"""The routes of the archive."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Response
from pydantic import BaseModel

from . import checks
from .photos import PHOTOS, Photo, find_photo
from .settings import Settings, get_settings
from .signing import sign


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.settings = Settings()
    yield


Current = Annotated[Settings, Depends(get_settings)]

app = FastAPI(title="Photo archive", lifespan=lifespan)
app.include_router(checks.router)


class Link(BaseModel):
    url: str


@app.get("/photos")
async def list_photos(settings: Current) -> list[Photo]:
    return PHOTOS[: settings.page_size]


@app.get("/photos/{photo_id}/link")
async def make_link(photo_id: int, settings: Current) -> Link:
    photo = find_photo(photo_id)
    if photo is None:
        raise HTTPException(404, f"Photo {photo_id} does not exist.")
    signature = sign(photo.file, settings.secret_key.get_secret_value())
    return Link(url=f"{settings.storage_url}/{photo.file}?signature={signature}")


@app.get("/widget")
async def show_widget(response: Response, settings: Current) -> list[Photo]:
    policy = "frame-ancestors 'self'"
    for origin in settings.origins:
        policy += f" {origin}"
    response.headers["Content-Security-Policy"] = policy
    return PHOTOS[:1]


@app.get("/debug/config")
async def show_config(settings: Current) -> dict[str, Any]:
    return settings.show()
