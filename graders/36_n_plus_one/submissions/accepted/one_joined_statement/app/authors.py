"""Authors: a page of them in one statement, one row for each book."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from .models import Author, Book, Review
from .schemas import AuthorWithBooks, BookWithRating


async def list_authors(session: AsyncSession, page: int, size: int) -> list[AuthorWithBooks]:
    """Give page number `page` of the authors by name; a page holds `size` authors."""
    shown = (
        select(Author.id, Author.name)
        .order_by(Author.name)
        .limit(size)
        .offset((page - 1) * size)
        .subquery()
    )
    query = (
        select(
            shown.c.id,
            shown.c.name,
            Book.id.label("book_id"),
            Book.title,
            Book.published,
            func.count(Review.id).label("review_count"),
            func.round(func.avg(Review.rating), 2).label("average_rating"),
        )
        .outerjoin(Book, Book.author_id == shown.c.id)
        .outerjoin(Review, Review.book_id == Book.id)
        .group_by(shown.c.id, Book.id)
        .order_by(shown.c.name, Book.published, Book.title)
    )
    authors: dict[int, AuthorWithBooks] = {}
    for row in await session.execute(query):
        author = authors.setdefault(row.id, AuthorWithBooks(id=row.id, name=row.name, books=[]))
        if row.book_id is not None:
            author.books.append(
                BookWithRating(
                    id=row.book_id,
                    title=row.title,
                    published=row.published,
                    review_count=row.review_count,
                    average_rating=row.average_rating,
                )
            )
    return list(authors.values())
