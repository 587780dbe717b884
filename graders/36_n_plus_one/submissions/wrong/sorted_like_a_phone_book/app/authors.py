"""Authors: one page of them, each with their books and how these are rated.

Two statements for every page: its authors, then all their books with counted reviews.
"""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from .models import Author, Book, Review
from .schemas import AuthorWithBooks, BookWithRating


async def list_authors(session: AsyncSession, page: int, size: int) -> list[AuthorWithBooks]:
    """Give page number `page` of the authors by name; a page holds `size` authors."""
    query = select(Author).order_by(func.lower(Author.name)).limit(size).offset((page - 1) * size)
    authors = (await session.scalars(query)).all()
    books = await load_books(session, [author.id for author in authors])
    return [
        AuthorWithBooks(id=author.id, name=author.name, books=books[author.id])
        for author in authors
    ]


async def load_books(
    session: AsyncSession, author_ids: Sequence[int]
) -> defaultdict[int, list[BookWithRating]]:
    """Give the books of all these authors by author, the oldest first."""
    query = (
        select(
            Book,
            func.count(Review.id),
            func.round(func.avg(Review.rating), 2),
        )
        .outerjoin(Book.reviews)
        .where(Book.author_id.in_(author_ids))
        .group_by(Book.id)
        .order_by(Book.published, Book.title)
    )
    books: defaultdict[int, list[BookWithRating]] = defaultdict(list)
    for book, review_count, average_rating in await session.execute(query):
        shown = BookWithRating(
            id=book.id,
            title=book.title,
            published=book.published,
            review_count=review_count,
            average_rating=average_rating,
        )
        books[book.author_id].append(shown)
    return books
