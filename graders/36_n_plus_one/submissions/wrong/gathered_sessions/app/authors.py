"""Authors: a page of them; the books of all are fetched at the same time."""

import asyncio

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from .database import open_session
from .models import Author, Book, Review
from .schemas import AuthorWithBooks, BookWithRating


async def list_authors(session: AsyncSession, page: int, size: int) -> list[AuthorWithBooks]:
    query = select(Author).order_by(Author.name).limit(size).offset((page - 1) * size)
    authors = (await session.scalars(query)).all()
    return await asyncio.gather(*map(describe_author, authors))


async def describe_author(author: Author) -> AuthorWithBooks:
    query = (
        select(
            Book.id,
            Book.title,
            Book.published,
            func.count(Review.id).label("review_count"),
            func.round(func.avg(Review.rating), 2).label("average_rating"),
        )
        .outerjoin(Book.reviews)
        .where(Book.author_id == author.id)
        .group_by(Book.id)
        .order_by(Book.published, Book.title)
    )
    async with open_session() as session:
        rows = (await session.execute(query)).all()
    books = [BookWithRating.model_validate(row, from_attributes=True) for row in rows]
    return AuthorWithBooks(id=author.id, name=author.name, books=books)
