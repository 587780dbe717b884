"""The photos: an in-memory stand-in for a database."""

from pydantic import BaseModel, ConfigDict


class Photo(BaseModel):
    """A photo of the archive. Its file is in the storage, under this name."""

    model_config = ConfigDict(frozen=True)

    id: int
    file: str


PHOTOS = [Photo(id=number, file=f"harbour-{number:03}.jpg") for number in range(1, 121)]


def find_photo(photo_id: int) -> Photo | None:
    """Look a photo up by number, `None` if there is none."""
    return next((photo for photo in PHOTOS if photo.id == photo_id), None)
