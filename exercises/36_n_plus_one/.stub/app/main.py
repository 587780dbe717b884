"""The library's API. What it answers with is put together in `authors`."""

from typing import Annotated

from fastapi import FastAPI, Query

from .authors import list_authors
from .database import Session, lifespan
from .schemas import AuthorWithBooks

app = FastAPI(lifespan=lifespan)


@app.get("/authors")
async def read_authors(
    session: Session,
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
    size: Annotated[int, Query(ge=1, le=50)] = 20,
) -> list[AuthorWithBooks]:
    return await list_authors(session, page, size)
