"""Authors: a page of them in one statement, one row for each book."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from .models import Author, Book, Review
from .schemas import AuthorWithBooks, BookWithRating


async def list_authors(session: AsyncSession, page: int, size: int) -> list[AuthorWithBooks]:
    query = (
        select(
            Author,
            Book,
            func.count(Review.id),
            func.round(func.avg(Review.rating), 2),
        )
        .outerjoin(Author.books)
        .outerjoin(Book.reviews)
        .group_by(Author.id, Book.id)
        .order_by(Author.name, Book.published, Book.title)
        .limit(size)
        .offset((page - 1) * size)
    )
    authors: dict[int, AuthorWithBooks] = {}
    for author, book, review_count, average_rating in await session.execute(query):
        shown = authors.setdefault(
            author.id, AuthorWithBooks(id=author.id, name=author.name, books=[])
        )
        if book is not None:
            shown.books.append(
                BookWithRating(
                    id=book.id,
                    title=book.title,
                    published=book.published,
                    review_count=review_count,
                    average_rating=average_rating,
                )
            )
    return list(authors.values())
