"""The routes that take photos in, behind a model of the form and readers that count."""

import uuid
from contextlib import ExitStack
from itertools import takewhile
from typing import Annotated, BinaryIO

from fastapi import FastAPI, Form, HTTPException, Request, Response, UploadFile
from pydantic import BaseModel, Field

from . import gallery
from .archives import BadArchive, Entry, open_archive
from .storage import Draft, Photo, StorageFull, storage

app = FastAPI(title="Damage reports")
app.include_router(gallery.router)

BODY = 1 << 20


class Report(BaseModel):
    """The form of up to three photos."""

    files: Annotated[list[UploadFile], Field(min_length=1, max_length=3)]
    description: Annotated[str, Field(max_length=200)] = ""


class Budget:
    """Bytes that may still be read, all files together."""

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise HTTPException(413)


@app.exception_handler(StorageFull)
def tell_full(request: Request, error: StorageFull) -> Response:
    return Response(status_code=507)


@app.exception_handler(BadArchive)
def tell_bad(request: Request, error: BadArchive) -> Response:
    return Response(status_code=415)


def read_name(sent: str | None) -> str:
    backwards = "".join(takewhile(lambda each: each not in "/\\", reversed(sent or "")))
    name = "".join(each for each in reversed(backwards) if each.isprintable())[:100]
    if not name.strip(".") and len(name) < 3:
        raise HTTPException(400)
    return name


def copy(name: str, source: BinaryIO | Entry, shared: Budget, stack: ExitStack) -> Draft:
    draft = Draft(key=str(uuid.uuid4()), name=name, type="", size=0)
    own = Budget(256 << 10)
    stack.callback(storage.remove, draft.key)
    while piece := source.read(64 << 10):
        own.spend(len(piece))
        shared.spend(len(piece))
        if not draft.size:
            png, jpeg = piece[:8] == b"\x89PNG\r\n\x1a\n", piece[:3] == b"\xff\xd8\xff"
            draft.type = "image/png" if png else "image/jpeg" if jpeg else ""
        if not draft.type:
            raise HTTPException(415)
        storage.write(draft.key, piece)
        draft.size += len(piece)
    if not draft.size:
        raise HTTPException(415)
    return draft


@app.post("/photos", status_code=201, max_body_size=BODY)
def add_photos(report: Annotated[Report, Form()]) -> list[Photo]:
    with ExitStack() as stack:
        drafts = [copy(read_name(f.filename), f.file, Budget(BODY), stack) for f in report.files]
        stack.pop_all()
    for draft in drafts:
        draft.description = report.description
    return storage.publish(drafts)


@app.post("/albums", status_code=201, max_body_size=BODY)
def add_album(archive: UploadFile) -> list[Photo]:
    entries = open_archive(archive.file)
    parts = [each.name.replace("\\", "/").split("/") for each in entries]
    if not entries or len(entries) > 20 or any(".." in each or not each[0] for each in parts):
        raise HTTPException(422)
    budget = Budget(BODY)
    with ExitStack() as stack:
        drafts = [copy(read_name(each.name), each, budget, stack) for each in entries]
        stack.pop_all()
    return storage.publish(drafts)
