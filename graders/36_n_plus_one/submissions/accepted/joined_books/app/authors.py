"""Authors: the ORM joins a page with its books, one more statement rates them."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from .models import Author, Review
from .schemas import AuthorWithBooks, BookWithRating


async def list_authors(session: AsyncSession, page: int, size: int) -> list[AuthorWithBooks]:
    """Give page number `page` of the authors by name; a page holds `size` authors."""
    query = (
        select(Author)
        .options(joinedload(Author.books))
        .order_by(Author.name)
        .limit(size)
        .offset((page - 1) * size)
    )
    authors = (await session.scalars(query)).unique().all()
    book_ids = [book.id for author in authors for book in author.books]
    ratings = await load_ratings(session, book_ids) if book_ids else {}
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


async def load_ratings(
    session: AsyncSession, book_ids: list[int]
) -> dict[int, tuple[int, float | None]]:
    """Give the number and the average of the reviews of these books."""
    query = (
        select(Review.book_id, func.count(), func.round(func.avg(Review.rating), 2))
        .where(Review.book_id.in_(book_ids))
        .group_by(Review.book_id)
    )
    rows = await session.execute(query)
    return {book_id: (count, average) for book_id, count, average in rows}
