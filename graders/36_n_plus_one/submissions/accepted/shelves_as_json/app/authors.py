"""Authors: a page in one statement, whose rows hold the books of an author as JSON."""

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from .schemas import AuthorWithBooks, BookWithRating

PAGE = text("""
    WITH page AS (
        SELECT id, name FROM authors ORDER BY name LIMIT :size OFFSET :start
    ), shown AS (
        SELECT books.*, count(reviews.id) AS review_count, round(avg(rating), 2) AS average_rating
        FROM page
        JOIN books ON books.author_id = page.id
        LEFT JOIN reviews ON reviews.book_id = books.id
        GROUP BY books.id
    )
    SELECT id, name, (
        SELECT json_group_array(json_object(
            'id', shown.id, 'title', title, 'published', published,
            'review_count', review_count, 'average_rating', average_rating
        )) FROM shown WHERE shown.author_id = page.id
    ) AS books
    FROM page ORDER BY name
""")
shelf = TypeAdapter(list[BookWithRating])


async def list_authors(session: AsyncSession, page: int, size: int) -> list[AuthorWithBooks]:
    """Give page number `page` of the authors by name; a page holds `size` authors."""
    rows = await session.execute(PAGE, {"size": size, "start": (page - 1) * size})
    return [AuthorWithBooks(id=row.id, name=row.name, books=read_shelf(row.books)) for row in rows]


def read_shelf(books: str) -> list[BookWithRating]:
    """Read the books of an author, and put the oldest first."""
    return sorted(shelf.validate_json(books), key=lambda book: (book.published, book.title))
