"""The routes that take photos in. First they look at all of it, then they copy."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import Annotated

from fastapi import FastAPI, Form, HTTPException, UploadFile

from . import gallery
from .archives import BadArchive, Entry, open_archive
from .limits import BodyLimit
from .storage import Draft, Photo, StorageFull, storage

MIB = 1024 * 1024
PIECE = 32 * 1024

app = FastAPI(title="Damage reports")
app.add_middleware(BodyLimit, most=MIB)
app.include_router(gallery.router)


@dataclass
class Candidate:
    """A file that could be a photo."""

    name: str
    size: int
    start: bytes
    read: Callable[[int], bytes]

    def check(self) -> None:
        """Raise a refusal if it is none."""
        if self.name in ("", ".", ".."):
            raise HTTPException(422, "no name")
        if self.size > MIB // 4:
            raise HTTPException(413, "too large")
        if not self.type:
            raise HTTPException(415, "no photo")

    @property
    def type(self) -> str:
        if self.start == b"\x89PNG\r\n\x1a\n":
            return "image/png"
        return "image/jpeg" if self.start.startswith(b"\xff\xd8\xff") else ""


def shorten(name: str) -> str:
    for separator in "/\\":
        name = name.split(separator)[-1]
    return "".join(each for each in name if each.isprintable())[:100]


def keep(candidates: list[Candidate], description: str) -> list[Photo]:
    for each in candidates:
        each.check()
    drafts: list[Draft] = []
    try:
        for each in candidates:
            draft = Draft(
                key=secrets.token_hex(20),
                name=each.name,
                type=each.type,
                size=len(each.start),
                description=description,
            )
            drafts.append(draft)
            storage.write(draft.key, each.start)
            while piece := each.read(PIECE):
                draft.size += len(piece)
                storage.write(draft.key, piece)
    except (StorageFull, BadArchive) as error:
        for draft in drafts:
            storage.remove(draft.key)
        raise HTTPException(507 if isinstance(error, StorageFull) else 415) from error
    return storage.publish(drafts)


@app.post("/photos", status_code=201)
async def add_photos(
    files: list[UploadFile], description: Annotated[str, Form()] = ""
) -> list[Photo]:
    if len(files) > 3 or len(description) > 200:
        raise HTTPException(400, "too many")
    candidates = [
        Candidate(shorten(each.filename or ""), each.size or 0, await each.read(8), each.file.read)
        for each in files
    ]
    return keep(candidates, description)


def look_at(entry: Entry) -> Candidate:
    path = PureWindowsPath(entry.name.replace(":", "_"))
    if path.root or ".." in path.parts:
        raise HTTPException(400, "leads out")
    return Candidate(shorten(entry.name), entry.size, entry.read(8), entry.read)


@app.post("/albums", status_code=201)
async def add_album(archive: UploadFile) -> list[Photo]:
    try:
        entries = open_archive(archive.file)
        if len(entries) not in range(1, 21):
            raise HTTPException(400, "too many")
        if sum(each.size for each in entries) > MIB:
            raise HTTPException(413, "too large together")
        candidates = [look_at(entry) for entry in entries]
    except BadArchive as error:
        raise HTTPException(415, "no archive") from error
    return keep(candidates, "")
