"""The routes that take photos in. What a sender says of a file decides nothing."""

import re
import uuid
from collections.abc import Sequence
from typing import Annotated, Protocol

from fastapi import FastAPI, Form, HTTPException, UploadFile

from . import gallery
from .archives import BadArchive, open_archive
from .storage import Draft, Photo, StorageFull, storage

KIB = 1024
LARGEST_BODY = LARGEST_ALBUM = 1024 * KIB
LARGEST_PHOTO = 256 * KIB
LARGEST_PIECE = 64 * KIB
MOST_FILES, MOST_ENTRIES = 3, 20
LONGEST_NAME, LONGEST_DESCRIPTION = 100, 200
SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
SEPARATORS = re.compile(r"[/\\]")

app = FastAPI(title="Damage reports", max_body_size=LARGEST_BODY)
app.include_router(gallery.router)


class Source(Protocol):
    """Something that gives a photo piece by piece."""

    def read(self, size: int, /) -> bytes: ...


def clean_name(sent: str) -> str:
    """Give the last part of a name without what cannot be printed; 422 if there is none."""
    last = SEPARATORS.split(sent)[-1]
    name = "".join(filter(str.isprintable, last))[:LONGEST_NAME]
    if name in ("", ".", ".."):
        raise HTTPException(422, "A photo needs a name.")
    return name


def leads_out(name: str) -> bool:
    """Tell whether a path begins at the root, or goes up somewhere."""
    parts = SEPARATORS.split(name)
    return not parts[0] or ".." in parts


def find_type(start: bytes) -> str:
    for signature, media_type in SIGNATURES.items():
        if start.startswith(signature):
            return media_type
    raise HTTPException(415, "Send a PNG or a JPEG.")


def store(key: str, name: str, source: Source, description: str) -> Draft:
    """Write a photo piece by piece, for as long as it fits."""
    media_type, size = "", 0
    while (piece := source.read(LARGEST_PIECE)) or not size:
        media_type = media_type or find_type(piece)
        size += len(piece)
        if size > LARGEST_PHOTO:
            raise HTTPException(413, f"A photo has at most {LARGEST_PHOTO // KIB} KiB.")
        storage.write(key, piece)
    return Draft(key=key, name=name, type=media_type, size=size, description=description)


def store_all(sources: Sequence[tuple[str, Source]], description: str = "") -> list[Photo]:
    """Store all photos under keys of their own, or leave nothing of them."""
    named = [(uuid.uuid4().hex, clean_name(name), source) for name, source in sources]
    try:
        return storage.publish([store(*each, description) for each in named])
    except BaseException as error:
        for key, _, _ in named:
            storage.remove(key)
        if isinstance(error, StorageFull):
            raise HTTPException(507, str(error)) from error
        raise


@app.post("/photos", status_code=201, form_limits={"max_files": MOST_FILES})
def add_photos(
    files: list[UploadFile],
    description: Annotated[str, Form(max_length=LONGEST_DESCRIPTION)] = "",
) -> list[Photo]:
    return store_all([(file.filename or "", file.file) for file in files], description)


@app.post("/albums", status_code=201)
def add_album(archive: UploadFile) -> list[Photo]:
    try:
        entries = open_archive(archive.file)
        if not 1 <= len(entries) <= MOST_ENTRIES:
            raise HTTPException(422, f"An album has 1 to {MOST_ENTRIES} photos.")
        if any(leads_out(each.name) for each in entries):
            raise HTTPException(422, "An entry leaves the archive.")
        if sum(each.size for each in entries) > LARGEST_ALBUM:
            raise HTTPException(413, "The photos are too large together.")
        return store_all([(each.name, each) for each in entries])
    except BadArchive as error:
        raise HTTPException(415, str(error)) from error
