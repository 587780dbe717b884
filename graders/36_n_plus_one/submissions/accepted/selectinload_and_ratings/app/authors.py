"""Authors: the ORM loads a page with its books, one more statement rates them."""

from collections.abc import Iterable

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from .models import Author, Book, Review
from .schemas import AuthorWithBooks, BookWithRating

Rating = Row[tuple[int, int, float]]


async def list_authors(session: AsyncSession, page: int, size: int) -> list[AuthorWithBooks]:
    """Give page number `page` of the authors by name; a page holds `size` authors."""
    query = (
        select(Author)
        .options(selectinload(Author.books))
        .order_by(Author.name)
        .limit(size)
        .offset((page - 1) * size)
    )
    authors = (await session.scalars(query)).all()
    book_ids = [book.id for author in authors for book in author.books]
    ratings = {rating.book_id: rating for rating in await load_ratings(session, book_ids)}
    return [
        AuthorWithBooks(
            id=author.id,
            name=author.name,
            books=[describe_book(book, ratings.get(book.id)) for book in author.books],
        )
        for author in authors
    ]


async def load_ratings(session: AsyncSession, book_ids: list[int]) -> Iterable[Rating]:
    """Count and average the reviews of these books; books without any are left out."""
    query = (
        select(
            Review.book_id,
            func.count().label("review_count"),
            func.avg(Review.rating).label("average_rating"),
        )
        .where(Review.book_id.in_(book_ids))
        .group_by(Review.book_id)
    )
    return await session.execute(query)


def describe_book(book: Book, rating: Rating | None) -> BookWithRating:
    """Put a book and its rating together."""
    return BookWithRating(
        id=book.id,
        title=book.title,
        published=book.published,
        review_count=rating.review_count if rating else 0,
        average_rating=round(rating.average_rating, 2) if rating else None,
    )
