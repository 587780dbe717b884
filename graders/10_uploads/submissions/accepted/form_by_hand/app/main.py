"""The routes that take photos in. They parse the form themselves, and believe no part of it."""

import re
import secrets
from collections.abc import Iterable, Iterator

from fastapi import FastAPI, HTTPException, Request
from starlette.datastructures import FormData, UploadFile
from starlette.types import Message

from . import gallery
from .archives import BadArchive, Entry, open_archive
from .storage import Draft, Photo, StorageFull, storage

app = FastAPI(title="Damage reports")
app.include_router(gallery.router)

BODY, PHOTO, PIECE = 2**20, 2**18, 2**16


async def parse(request: Request) -> FormData:
    """Parse a form for as long as its body is short enough."""
    if int(request.headers.get("content-length", 0)) > BODY:
        raise HTTPException(413)
    left = BODY

    async def receive() -> Message:
        nonlocal left
        message = await request.receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413)
        return message

    return await Request(request.scope, receive).form()


def read_all(source: UploadFile | Entry) -> Iterator[bytes]:
    read = source.read if isinstance(source, Entry) else source.file.read
    return iter(lambda: read(PIECE), b"")


def take(pieces: Iterable[bytes], most: int) -> list[bytes]:
    """Take pieces until they are too much together."""
    taken, size = [], 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            raise HTTPException(413)
        taken.append(piece)
    return taken


def check(sent: str, pieces: list[bytes], description: str) -> Draft:
    name = re.sub(r".*[/\\]", "", sent, flags=re.DOTALL)
    name = "".join(each if each.isprintable() else "" for each in name)[:100]
    if re.fullmatch(r"\.{0,2}", name):
        raise HTTPException(422)
    start = b"".join(pieces[:1])
    kinds = {"image/png": rb"\x89PNG\r\n\x1a\n", "image/jpeg": rb"\xff\xd8\xff"}
    types = [kind for kind, pattern in kinds.items() if re.match(pattern, start)]
    if not types:
        raise HTTPException(415)
    size = sum(map(len, pieces))
    key = secrets.token_hex(16)
    return Draft(key=key, name=name, type=types[0], size=size, description=description)


def write(photos: list[tuple[Draft, list[bytes]]]) -> list[Photo]:
    try:
        for draft, pieces in photos:
            for piece in pieces:
                storage.write(draft.key, piece)
    except StorageFull:
        for draft, _ in photos:
            storage.remove(draft.key)
        raise HTTPException(507) from None
    return storage.publish([draft for draft, _ in photos])


@app.post("/photos", status_code=201)
async def add_photos(request: Request) -> list[Photo]:
    form = await parse(request)
    files = [each for each in form.getlist("files") if isinstance(each, UploadFile)]
    description = form.get("description", "")
    if not isinstance(description, str) or len(description) > 200 or not 0 < len(files) < 4:
        raise HTTPException(422)
    held = [(each.filename or "", take(read_all(each), PHOTO)) for each in files]
    return write([(check(name, pieces, description), pieces) for name, pieces in held])


@app.post("/albums", status_code=201)
async def add_album(request: Request) -> list[Photo]:
    archive = (await parse(request)).get("archive")
    if not isinstance(archive, UploadFile):
        raise HTTPException(422)
    held, left = [], BODY
    try:
        entries = open_archive(archive.file)
        if any(re.search(r"^[/\\]|(^|[/\\])\.\.([/\\]|\Z)", each.name) for each in entries):
            raise HTTPException(422)
        if not 0 < len(entries) < 21:
            raise HTTPException(422)
        for each in entries:
            pieces = take(read_all(each), min(PHOTO, left))
            left -= sum(map(len, pieces))
            held.append((check(each.name, pieces, ""), pieces))
    except BadArchive:
        raise HTTPException(415) from None
    return write(held)
