"""Authors: a page of them, and the ratings of all books there are."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from .models import Author, Review
from .schemas import AuthorWithBooks, BookWithRating


async def list_authors(session: AsyncSession, page: int, size: int) -> list[AuthorWithBooks]:
    query = (
        select(Author)
        .options(selectinload(Author.books))
        .order_by(Author.name)
        .limit(size)
        .offset((page - 1) * size)
    )
    authors = (await session.scalars(query)).all()
    ratings = await load_ratings(session)
    return [
        AuthorWithBooks(
            id=author.id,
            name=author.name,
            books=[
                BookWithRating(
                    id=book.id,
                    title=book.title,
                    published=book.published,
                    review_count=ratings.get(book.id, (0, None))[0],
                    average_rating=ratings.get(book.id, (0, None))[1],
                )
                for book in author.books
            ],
        )
        for author in authors
    ]


async def load_ratings(session: AsyncSession) -> dict[int, tuple[int, float | None]]:
    query = select(Review.book_id, func.count(), func.round(func.avg(Review.rating), 2)).group_by(
        Review.book_id
    )
    rows = await session.execute(query)
    return {book_id: (count, average) for book_id, count, average in rows}
