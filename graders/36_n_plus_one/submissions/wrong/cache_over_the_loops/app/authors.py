"""Authors: one page of them, kept for the next time."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from .models import Author, Book
from .schemas import AuthorWithBooks, BookWithRating

pages: dict[tuple[int, int], list[AuthorWithBooks]] = {}


async def list_authors(session: AsyncSession, page: int, size: int) -> list[AuthorWithBooks]:
    if (page, size) not in pages:
        query = select(Author).order_by(Author.name)
        authors = await session.scalars(query.limit(size).offset((page - 1) * size))
        pages[page, size] = [await describe_author(author) for author in authors.all()]
    return pages[page, size]


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
