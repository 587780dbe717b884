"""Authors: a page of them; pydantic reads the rest from the ORM's objects."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from .models import Author
from .schemas import AuthorWithBooks


async def list_authors(session: AsyncSession, page: int, size: int) -> list[AuthorWithBooks]:
    query = select(Author).order_by(Author.name).limit(size).offset((page - 1) * size)
    authors = (await session.scalars(query)).all()
    return [AuthorWithBooks.model_validate(author, from_attributes=True) for author in authors]
