"""Authors: each page is put together once and kept."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from .models import Author, Book, Review
from .schemas import AuthorWithBooks, BookWithRating

pages: dict[tuple[int, int], list[AuthorWithBooks]] = {}


async def list_authors(session: AsyncSession, page: int, size: int) -> list[AuthorWithBooks]:
    if (page, size) not in pages:
        pages[page, size] = await load_authors(session, page, size)
    return pages[page, size]


async def load_authors(session: AsyncSession, page: int, size: int) -> list[AuthorWithBooks]:
    query = select(Author).order_by(Author.name).limit(size).offset((page - 1) * size)
    authors = (await session.scalars(query)).all()
    books = await load_books(session, [author.id for author in authors])
    return [
        AuthorWithBooks(id=author.id, name=author.name, books=books[author.id])
        for author in authors
    ]


async def load_books(
    session: AsyncSession, author_ids: Sequence[int]
) -> defaultdict[int, list[BookWithRating]]:
    query = (
        select(
            Book,
            func.count(Review.id).label("review_count"),
            func.round(func.avg(Review.rating), 2).label("average_rating"),
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
