"""Authors: a page of them in SQL written by hand."""

from itertools import groupby

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from .schemas import AuthorWithBooks, BookWithRating

PAGE = text("""
    WITH page AS (
        SELECT id, name FROM authors ORDER BY name LIMIT :size OFFSET :start
    ), rated AS (
        SELECT book_id, count(*) AS review_count, round(avg(rating), 2) AS average_rating
        FROM reviews
        WHERE book_id IN (SELECT books.id FROM books JOIN page ON page.id = books.author_id)
        GROUP BY book_id
    )
    SELECT page.id AS author_id, page.name, books.id, books.title, books.published,
           coalesce(rated.review_count, 0) AS review_count, rated.average_rating
    FROM page
    LEFT JOIN books ON books.author_id = page.id
    LEFT JOIN rated ON rated.book_id = books.id
    ORDER BY page.name, books.published, books.title
""")


async def list_authors(session: AsyncSession, page: int, size: int) -> list[AuthorWithBooks]:
    """Give page number `page` of the authors by name; a page holds `size` authors."""
    rows = await session.execute(PAGE, {"size": size, "start": (page - 1) * size})
    authors = []
    for (author_id, name), group in groupby(rows, key=lambda row: (row.author_id, row.name)):
        books = [
            BookWithRating.model_validate(row, from_attributes=True)
            for row in group
            if row.id is not None
        ]
        authors.append(AuthorWithBooks(id=author_id, name=name, books=books))
    return authors
