"""Authors: a page of them with everything below."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from .models import Author, Book
from .schemas import AuthorWithBooks, BookWithRating


async def list_authors(session: AsyncSession, page: int, size: int) -> list[AuthorWithBooks]:
    query = (
        select(Author)
        .options(selectinload(Author.books).selectinload(Book.reviews))
        .order_by(Author.name)
        .limit(size)
        .offset((page - 1) * size)
    )
    authors = (await session.scalars(query)).all()
    return [describe_author(author) for author in authors]


def describe_author(author: Author) -> AuthorWithBooks:
    books = [describe_book(book) for book in author.books]
    return AuthorWithBooks(id=author.id, name=author.name, books=books)


def describe_book(book: Book) -> BookWithRating:
    ratings = [review.rating for review in book.reviews]
    return BookWithRating(
        id=book.id,
        title=book.title,
        published=book.published,
        review_count=len(ratings),
        average_rating=round(sum(ratings) / len(ratings), 2) if ratings else None,
    )
