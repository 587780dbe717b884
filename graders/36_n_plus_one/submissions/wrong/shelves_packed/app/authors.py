"""Authors: one row for each, which holds books and ratings as JSON."""

import json
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from .schemas import AuthorWithBooks, BookWithRating

PAGE = text("""
    SELECT id, name, (
        SELECT json_group_array(json_object(
            'id', books.id, 'title', title, 'published', published, 'ratings', (
                SELECT group_concat(rating, '') FROM reviews WHERE book_id = books.id
            )
        )) FROM books WHERE author_id = authors.id
    ) AS books
    FROM authors ORDER BY name LIMIT :size OFFSET :start
""")


async def list_authors(session: AsyncSession, page: int, size: int) -> list[AuthorWithBooks]:
    rows = await session.execute(PAGE, {"size": size, "start": (page - 1) * size})
    return [
        AuthorWithBooks(id=row.id, name=row.name, books=unpack_books(json.loads(row.books)))
        for row in rows
    ]


def unpack_books(packed: list[dict[str, Any]]) -> list[BookWithRating]:
    books = [describe_book(**book) for book in packed]
    return sorted(books, key=lambda book: (book.published, book.title))


def describe_book(ratings: str | None, **book: Any) -> BookWithRating:
    stars = [int(rating) for rating in ratings or ""]
    average = round(sum(stars) / len(stars), 2) if stars else None
    return BookWithRating(**book, review_count=len(stars), average_rating=average)
