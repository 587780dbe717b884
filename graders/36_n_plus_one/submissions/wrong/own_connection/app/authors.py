"""Authors: one page of them, over a connection that the engine does not know."""

import aiosqlite
from sqlalchemy.ext.asyncio import AsyncSession

from .database import engine
from .schemas import AuthorWithBooks, BookWithRating

AUTHORS = "SELECT id, name FROM authors ORDER BY name LIMIT ? OFFSET ?"
BOOKS = "SELECT id, title, published FROM books WHERE author_id = ? ORDER BY published, title"
RATING = "SELECT count(*), round(avg(rating), 2) FROM reviews WHERE book_id = ?"


async def list_authors(session: AsyncSession, page: int, size: int) -> list[AuthorWithBooks]:
    async with aiosqlite.connect(engine.url.database) as connection:
        authors = await connection.execute_fetchall(AUTHORS, (size, (page - 1) * size))
        return [
            AuthorWithBooks(id=id, name=name, books=await load_books(connection, id))
            for id, name in authors
        ]


async def load_books(connection: aiosqlite.Connection, author_id: int) -> list[BookWithRating]:
    books = []
    for id, title, published in await connection.execute_fetchall(BOOKS, (author_id,)):
        [(count, average)] = await connection.execute_fetchall(RATING, (id,))
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
