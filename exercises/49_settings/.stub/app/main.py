"""The routes of the archive."""

import json
import os
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Response
from pydantic import BaseModel

from . import checks
from .photos import PHOTOS, Photo, find_photo
from .settings import Settings, get_settings
from .signing import sign

app = FastAPI(title="Photo archive")
app.include_router(checks.router)


class Link(BaseModel):
    url: str


@app.get("/photos")
def list_photos() -> list[Photo]:
    return PHOTOS[: int(os.environ.get("APP_PAGE_SIZE", "5"))]


@app.get("/photos/{photo_id}/link")
def make_link(photo_id: int) -> Link:
    photo = find_photo(photo_id)
    if photo is None:
        raise HTTPException(404, f"Photo {photo_id} does not exist.")
    # TODO 3: without a secret key everybody can sign, and nobody notices.
    signature = sign(photo.file, os.environ.get("APP_SECRET_KEY", "change-me"))
    storage = os.environ.get("APP_STORAGE_URL", "https://storage.example/archive")
    return Link(url=f"{storage}/{photo.file}?signature={signature}")


@app.get("/widget")
def show_widget(response: Response) -> list[Photo]:
    # Browsers show the widget in a frame on these sites only.
    origins = json.loads(os.environ.get("APP_ALLOWED_ORIGINS", "[]"))
    response.headers["Content-Security-Policy"] = " ".join(["frame-ancestors 'self'", *origins])
    return PHOTOS[:1]


@app.get("/debug/config")
def show_config(settings: Annotated[Settings, Depends(get_settings)]) -> dict[str, Any]:
    return settings.model_dump()
