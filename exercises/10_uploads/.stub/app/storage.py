"""The photos: their files in one folder, and the list that is shown. It trusts what it is told."""

import logging
import tempfile
from functools import cached_property
from pathlib import Path
from threading import Lock

from pydantic import BaseModel

QUOTA = 2 * 1024 * 1024
"""The bytes for which there is room, all files together."""

logger = logging.getLogger("kata.storage")


class Draft(BaseModel):
    """A photo whose file is written; nobody sees it yet."""

    key: str
    name: str
    type: str
    size: int
    description: str = ""


class Photo(Draft):
    """A photo in the list."""

    number: int


class Usage(BaseModel):
    """How many files there are, those that are in no list included, and their bytes."""

    files: int
    bytes: int


class StorageFull(Exception):
    """There is no room for a piece; those before it stay."""


class Storage:
    """A folder for files, each with a key as its name, and the list of the photos."""

    def __init__(self) -> None:
        self._photos: list[Photo] = []
        self._lock = Lock()

    @cached_property
    def folder(self) -> Path:
        """The folder of the files, new with each start of the app."""
        return Path(tempfile.mkdtemp(prefix="photos-"))

    def write(self, key: str, piece: bytes) -> None:
        """Add a piece to the end of a file, which is made if need be; log the piece's size."""
        logger.info("written", extra={"key": key, "size": len(piece)})
        with self._lock:
            if self.measure().bytes + len(piece) > QUOTA:
                raise StorageFull("There is no room for more photos.")
            with self.locate(key).open("ab") as file:
                file.write(piece)

    def remove(self, key: str) -> None:
        """Remove a file, if it is there."""
        self.locate(key).unlink(missing_ok=True)

    def publish(self, drafts: list[Draft]) -> list[Photo]:
        """Put photos into the list, in this order, and number them."""
        with self._lock:
            first = len(self._photos) + 1
            photos = [
                Photo(number=number, **draft.model_dump())
                for number, draft in enumerate(drafts, start=first)
            ]
            self._photos += photos
        return photos

    def list_photos(self) -> list[Photo]:
        """List the photos that were published, the first one first."""
        return self._photos

    def locate(self, key: str) -> Path:
        """Give the path of a file."""
        return self.folder / key

    def measure(self) -> Usage:
        """Count the files in the folder, and their bytes."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return Usage(files=len(files), bytes=sum(path.stat().st_size for path in files))


storage = Storage()
