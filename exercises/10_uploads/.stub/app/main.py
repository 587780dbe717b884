"""The routes that take photos in, one by one and in archives."""

from typing import Annotated

from fastapi import FastAPI, Form, UploadFile

from . import gallery
from .archives import open_archive
from .storage import Draft, Photo, storage

app = FastAPI(title="Damage reports")
app.include_router(gallery.router)


# TODO 1: put an end to what is too large, before it is all there.
# TODO 2: make the key, clean the name, and look what the file is.
# TODO 3: take up to three photos with their description, all of them or none.
@app.post("/photos", status_code=201)
async def add_photos(
    files: list[UploadFile], description: Annotated[str, Form()] = ""
) -> list[Photo]:
    drafts = []
    for file in files:
        name, media_type = str(file.filename), str(file.content_type)
        content = await file.read()
        storage.write(name, content)
        drafts.append(
            Draft(
                key=name,
                name=name,
                type=media_type,
                size=len(content),
                description=description,
            )
        )
    return storage.publish(drafts)


# TODO 4: hold archives to the same rules, and unpack no more than that takes.
@app.post("/albums", status_code=201)
async def add_album(archive: UploadFile) -> list[Photo]:
    drafts = []
    for entry in open_archive(archive.file):
        content = entry.read()
        storage.write(entry.name, content)
        drafts.append(Draft(key=entry.name, name=entry.name, type="image/png", size=len(content)))
    return storage.publish(drafts)
