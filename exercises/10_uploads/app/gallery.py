"""The routes that show what is stored."""

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

from .storage import Photo, Usage, storage

router = APIRouter()


@router.get("/photos")
def list_photos() -> list[Photo]:
    return storage.list_photos()


@router.get("/photos/{number}")
def read_photo(number: int) -> FileResponse:
    photos = storage.list_photos()
    if not 1 <= number <= len(photos):
        raise HTTPException(404, f"There is no photo {number}.")
    photo = photos[number - 1]
    return FileResponse(storage.locate(photo.key), media_type=photo.type, filename=photo.name)


@router.get("/usage")
def read_usage() -> Usage:
    return storage.measure()
