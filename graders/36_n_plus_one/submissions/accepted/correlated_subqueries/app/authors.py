"""Authors: a page of them, then their books, each of which counts its own reviews."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from .models import Author, Book, Review
from .schemas import AuthorWithBooks, BookWithRating

reviews_of_book = select(Review).where(Review.book_id == Book.id).correlate(Book)
review_count = reviews_of_book.with_only_columns(func.count()).scalar_subquery()
average_rating = reviews_of_book.with_only_columns(
    func.round(func.avg(Review.rating), 2)
).scalar_subquery()


async def list_authors(session: AsyncSession, page: int, size: int) -> list[AuthorWithBooks]:
    """Give page number `page` of the authors by name; a page holds `size` authors."""
    authors = await session.execute(
        select(Author.id, Author.name).order_by(Author.name).limit(size).offset((page - 1) * size)
    )
    shown = {row.id: AuthorWithBooks(id=row.id, name=row.name, books=[]) for row in authors}
    books = await session.execute(
        select(
            Book.id,
            Book.author_id,
            Book.title,
            Book.published,
            review_count.label("review_count"),
            average_rating.label("average_rating"),
        )
        .where(Book.author_id.in_(shown))
        .order_by(Book.published, Book.title)
    )
    for row in books:
        book = BookWithRating.model_validate(row, from_attributes=True)
        shown[row.author_id].books.append(book)
    return list(shown.values())
