"""The library's API. What it answers with is put together in `authors`."""

from fastapi import FastAPI

from .authors import list_authors
from .database import Session, lifespan
from .schemas import AuthorWithBooks

app = FastAPI(lifespan=lifespan)


@app.get("/authors")
async def read_authors(session: Session, page: int = 1, size: int = 20) -> list[AuthorWithBooks]:
    return await list_authors(session, page, size)
